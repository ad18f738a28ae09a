"""Finds and loads the compiled part, and says in one sentence what is wrong where that fails."""

import functools
import importlib
import importlib.util
import pathlib
import re

_HERE = pathlib.Path(__file__).parent
_REBUILD = "pip install --no-build-isolation --force-reinstall --no-deps ."


def installed_torch_version():
    """From torch's files: torch is not imported."""
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("hidet_torch needs PyTorch: pip install torch")
    text = (pathlib.Path(next(iter(spec.submodule_search_locations))) / "version.py").read_text()
    return re.search(r"__version__ = '([^']+)'", text).group(1)


def check_versions(built, installed):
    """A library built for one minor version of PyTorch does not fit another."""
    if built.split("+")[0].split(".")[:2] != installed.split("+")[0].split(".")[:2]:
        raise ImportError(
            f"hidet_torch was built for torch {built}, but torch {installed} is installed. "
            f"Rebuild it: {_REBUILD}"
        )


@functools.cache
def nvrtc_directories():
    """The folders in which PyTorch's packages keep NVIDIA's run-time compiler."""
    packages = pathlib.Path(importlib.util.find_spec("torch").origin).parent.parent
    found = [*packages.glob("nvidia/cu*/lib"), *packages.glob("nvidia/cuda_nvrtc/lib")]
    return [str(path) for path in sorted(found)] + [str(packages / "torch" / "lib")]


@functools.cache
def load():
    """Registers torch.classes.hidet and torch.ops.hidet; returns the `_C` module."""
    try:
        built = importlib.import_module("._build_info", __package__).torch_version
    except ImportError:
        raise ImportError(f"hidet_torch is not built. In its source folder: {_REBUILD}") from None
    check_versions(built, installed_torch_version())
    import torch

    torch.ops.load_library(str(_HERE / "libhidet_torch.so"))
    module = importlib.import_module("._C", __package__)
    importlib.import_module(".fake", __package__)
    return module
