"""The options of `torch.compile(model, backend="hidet", options={...})`: one typed table."""

import dataclasses
import difflib
import os
import warnings


@dataclasses.dataclass(frozen=True)
class Option:
    """One row: `values` lists the allowed values, where the type alone does not say it."""

    name: str
    type: type
    default: object
    help: str
    values: tuple = ()


TABLE = (
    Option(
        "strict",
        bool,
        False,
        "raise where a kernel cannot be compiled or the compiler has a bug, "
        "instead of running that part by ATen with one warning",
    ),
    Option(
        "dump",
        str,
        "",
        "a folder: the graph, the program after every pass, the kernel sources and a replay "
        "command for each kernel are written there",
    ),
    Option(
        "library",
        str,
        "auto",
        "whether an operator may run as PyTorch's library call where a template exists: as the "
        "cost model says, never, or always",
        ("auto", "never", "always"),
    ),
    Option(
        "target",
        str,
        "auto",
        "what kernels are generated for; auto: the device of the tensors",
        ("auto", "cpu", "sm_80", "sm_86", "sm_89", "sm_90a", "sm_100a", "sm_120a"),
    ),
    Option(
        "execute",
        str,
        "auto",
        "how CUDA kernels run: on the GPU of their tensors, or emulated on the CPU, on CPU "
        "tensors, with every access checked",
        ("auto", "emulate"),
    ),
    Option(
        "isa",
        str,
        "auto",
        "the vector instructions of CPU kernels; auto: the best that this machine has",
        ("auto", "avx512", "avx2", "portable"),
    ),
    Option(
        "round_like_eager",
        bool,
        False,
        "fp16 and bf16: round after each operator as eager does, instead of keeping fp32 inside "
        "a kernel",
    ),
    Option(
        "params",
        str,
        "",
        "the point of the schedule space that every matmul for a GPU takes, as explain() prints "
        "it; empty: as the cost model picks",
    ),
    Option(
        "progress",
        bool,
        True,
        "show a progress bar on a terminal when a compilation takes longer than two seconds",
    ),
    Option("cache_dir", str, "", "the folder of compiled kernels; empty: $HIDET_CACHE_DIR, else "
           "the user's cache folder"),
    Option("compile_jobs", int, 0, "how many compilers run at once; 0: as many as cores"),
)  # fmt: skip

_BY_NAME = {option.name: option for option in TABLE}
_MODES_WITHOUT_EFFECT = ("max-autotune", "reduce-overhead")
_warned_modes = set()


def describe():
    """The table as text, one option a paragraph."""
    lines = []
    for option in TABLE:
        allowed = " | ".join(map(repr, option.values)) or option.type.__name__
        lines.append(f"{option.name}: {allowed} = {option.default!r}\n    {option.help}")
    return "\n".join(lines)


def _check(name, value):
    option = _BY_NAME.get(name)
    if option is None:
        near = difflib.get_close_matches(str(name), _BY_NAME, n=3, cutoff=0.4) or list(_BY_NAME)
        raise ValueError(
            f"hidet has no option {name!r}; the nearest are {', '.join(near)} "
            "(hidet_torch.options.describe() lists all)"
        )
    if option.type is str and isinstance(value, os.PathLike):
        value = os.fspath(value)
    # bool is a subclass of int: an int option must not take True.
    if not isinstance(value, option.type) or (option.type is int and isinstance(value, bool)):
        raise ValueError(
            f"option {name!r} of hidet takes {option.type.__name__}, "
            f"not {type(value).__name__} ({value!r})"
        )
    if option.values and value not in option.values:
        raise ValueError(
            f"option {name!r} of hidet is one of {', '.join(map(repr, option.values))}, "
            f"not {value!r}"
        )
    if option.type is int and value < 0:
        raise ValueError(f"option {name!r} of hidet must not be negative, not {value!r}")
    if name == "dump" and value:
        _check_folder(name, value)
    return value


def _check_folder(name, path):
    """Makes it where it is not there yet."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"option {name!r} of hidet is a folder to write to, and {path!r} cannot be made: "
            f"{error.strerror}"
        ) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ValueError(f"option {name!r} of hidet is a folder to write to; {path!r} may not be")


def resolve(options=None, mode=None):
    """All options with their values. ValueError for a wrong name, value or mode."""
    if mode in _MODES_WITHOUT_EFFECT:
        if mode not in _warned_modes:
            _warned_modes.add(mode)
            warnings.warn(f"hidet: mode={mode!r} has no effect yet", stacklevel=3)
    elif mode not in (None, "default"):
        raise ValueError(
            f"hidet has no mode {mode!r}; the modes are 'default', "
            f"{', '.join(map(repr, _MODES_WITHOUT_EFFECT))}"
        )
    if options is not None and not isinstance(options, dict):
        raise ValueError(f"options of hidet must be a dict, not {type(options).__name__}")
    resolved = {option.name: option.default for option in TABLE}
    for name, value in (options or {}).items():
        resolved[name] = _check(name, value)
    if resolved["execute"] == "emulate" and not resolved["target"].startswith("sm_"):
        raise ValueError(
            "options={'execute': 'emulate'} of hidet needs a CUDA target, such as "
            "{'target': 'sm_80', 'execute': 'emulate'}"
        )
    return resolved
