"""A bug of ours names the pass, keeps the program before it and says how to replay it."""

import pathlib
import re
import shlex
import subprocess
import sys
import warnings

import pytest
import torch
from helpers import STRICT, compile_strict

from hidet_torch import compile as compile_module
from hidet_torch import replay
from hidet_torch.library import load


def function(x):
    return torch.softmax(torch.tanh(x) * 3, dim=-1)


@pytest.fixture
def break_pass(monkeypatch, tmp_path):
    """In a cache folder of its own: what was compiled before would hide the bug."""
    monkeypatch.setenv("HIDET_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(compile_module, "_warned", set())
    yield load().break_pass_for_test
    load().break_pass_for_test("")


def bug_of(options):
    with pytest.raises(RuntimeError, match="a bug in hidet") as caught:
        compile_strict(function, options=options)(torch.randn(5, 9))
    return str(caught.value)


def file_in(message):
    return pathlib.Path(shlex.split(re.search(r"to replay it: (.*)", message).group(1))[3])


@pytest.mark.parametrize("broken", ["lower_tiles", "fill_sites", "simplify", "bind_shared"])
def test_the_pass_is_named_and_can_be_replayed(break_pass, broken, tmp_path):
    break_pass(broken)
    message = bug_of(STRICT)
    assert f"pass {broken}" in message
    assert "nothing is not bound" in message
    path = file_in(message)
    assert path.parent == tmp_path / "cache" / "bugs"
    assert f" before {broken}\nprogram " in path.read_text()
    if broken == "fill_sites":
        return  # what the sites mean is not in the file; the dump is the way
    with pytest.raises(RuntimeError, match=rf"(?s)pass {broken} .*nothing is not bound"):
        replay.main([str(path)])
    break_pass("")
    if broken == "lower_tiles":
        return
    replay.main([str(path)])


def test_with_a_dump_the_program_is_there(break_pass, tmp_path):
    break_pass("vectorize")
    path = file_in(bug_of({**STRICT, "dump": str(tmp_path / "dump")}))
    assert path.is_relative_to(tmp_path / "dump" / "graph_0")
    dumped = next((tmp_path / "dump").rglob("*_lower_buffers.txt"))
    assert dumped.read_text().split("\n", 1)[1] == path.read_text().split("\n", 1)[1]
    broken = next((tmp_path / "dump").rglob("*_vectorize.txt"))
    assert "nothing" in broken.read_text(), "the dump has the program that is wrong, too"


def test_the_command_runs(break_pass, tmp_path):
    break_pass("simplify")
    message = bug_of(STRICT)
    command = re.search(r"to replay it: python (.*)", message).group(1)
    done = subprocess.run(
        [sys.executable, *shlex.split(command)], capture_output=True, text=True, check=False
    )
    # The pass is broken in this process only.
    assert done.returncode == 0, done.stderr
    assert 'extern "C" void' in done.stdout


def test_without_strict_the_graph_runs_by_aten_with_one_warning(break_pass):
    break_pass("simplify")
    x = torch.randn(5, 9)
    torch._dynamo.reset()
    compiled = torch.compile(function, backend="hidet", options={"progress": False})
    with pytest.warns(UserWarning, match="hidet runs a graph by ATen") as caught:
        torch.testing.assert_close(compiled(x), function(x))
    assert len([w for w in caught if "hidet" in str(w.message)]) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.testing.assert_close(compiled(x), function(x))
