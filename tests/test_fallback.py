"""What cannot be compiled still gives the right answer, with one warning; strict raises."""

import subprocess
import sys
import warnings

import pytest
import torch
from helpers import STRICT

LENIENT = {"progress": False}


def function(x):
    return torch.softmax(torch.tanh(x) * 3, dim=-1)


def compile_with(options):
    torch._dynamo.reset()
    return torch.compile(function, backend="hidet", options=options)


@pytest.fixture(params=["missing", "failing", "silent"])
def broken_compiler(request, tmp_path, monkeypatch):
    """A compiler that is not there, one that fails, and one that does nothing and says it did."""
    compiler = tmp_path / "c++"
    if request.param != "missing":
        status = 1 if request.param == "failing" else 0
        compiler.write_text(
            "#!/bin/sh\n"
            f"case $1 in --version) echo g++ 12.0;; *) echo oops >&2; exit {status};; esac\n"
        )
        compiler.chmod(0o755)
    if request.param == "missing":
        monkeypatch.delenv("CXX", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        monkeypatch.setenv("CXX", str(compiler))
    monkeypatch.setenv("HIDET_CACHE_DIR", str(tmp_path / "cache"))
    return request.param


def test_without_a_compiler(broken_compiler):
    from hidet_torch import compile as compile_module

    compile_module._warned.clear()
    x = torch.randn(5, 9)
    with pytest.warns(UserWarning, match="hidet runs a graph by ATen") as caught:
        torch.testing.assert_close(compile_with(LENIENT)(x), function(x))
    ours = [str(w.message) for w in caught if "hidet" in str(w.message)]
    assert len(ours) == 1
    if broken_compiler == "missing":
        assert "install" in ours[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        torch.testing.assert_close(compile_with(LENIENT)(x), function(x))


def test_without_a_compiler_strict_raises(broken_compiler):
    with pytest.raises(RuntimeError):
        compile_with(STRICT)(torch.randn(5, 9))


def test_training_without_a_compiler(broken_compiler):
    x = torch.randn(4, 3, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile_with(LENIENT)(x).pow(2).sum().backward()
    gradient, x.grad = x.grad, None
    function(x).pow(2).sum().backward()
    torch.testing.assert_close(gradient, x.grad)


@pytest.mark.parametrize("library", ["always", "auto", "never"])
def test_library_option(library):
    x = torch.randn(5, 9)
    torch.testing.assert_close(compile_with({**STRICT, "library": library})(x), function(x))


def test_wrong_version_of_pytorch_is_said():
    from hidet_torch.library import check_versions

    check_versions("2.15.0+cpu", "2.15.1+cu132")
    with pytest.raises(ImportError, match=r"built for torch 2\.13\.0, but torch 2\.15\.0"):
        check_versions("2.13.0", "2.15.0")


def test_the_package_does_not_import_torch():
    script = "import sys, hidet_torch; assert 'torch' not in sys.modules; hidet_torch.options"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
