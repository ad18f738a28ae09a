"""What a dump holds, that it replays to the byte, and that it is the same in every process."""

import collections
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
import torch
from helpers import STRICT, compile_strict

from hidet_torch import replay

PASSES = ["template", "lower_tiles", "fill_sites", "guard_reads", "simplify", "bind_shared"]


class Block(torch.nn.Module):
    """Products with epilogues, a softmax, a norm, an attention, reductions over columns."""

    def __init__(self):
        super().__init__()
        self.up, self.down = torch.nn.Linear(32, 48), torch.nn.Linear(48, 32)
        self.norm = torch.nn.LayerNorm(32)

    def forward(self, x):
        y = torch.nn.functional.gelu(self.up(x))
        q = self.norm(x + self.down(y)).reshape(2, 7, 2, 16).transpose(1, 2)
        a = torch.nn.functional.scaled_dot_product_attention(q, q, q)
        return a.softmax(-1), a.sum(2), torch.tril(x @ x.transpose(1, 2))


def dump_block(folder):
    torch.manual_seed(0)
    with torch.no_grad():
        compile_strict(Block().eval(), options={"dump": str(folder)})(torch.randn(2, 7, 32))
    return folder / "graph_0"


@pytest.fixture(scope="module")
def dumped(tmp_path_factory):
    return dump_block(tmp_path_factory.mktemp("dump"))


def kernels_of(folder):
    kernels = sorted((folder / "kernels").iterdir())
    assert kernels
    return kernels


def test_everything_is_there(dumped):
    names = {path.name for path in dumped.iterdir()}
    assert names >= {"0_aten.graph", "1_expanded.graph", "2_optimized.graph", "3_groups.txt"}
    assert "launch" in (dumped / "4_plan.txt").read_text()
    for kernel in kernels_of(dumped):
        programs = sorted(kernel.glob("[0-9][0-9]_*.txt"))
        order = [path.stem[3:] for path in programs]
        assert [name for name in order if name in PASSES] == PASSES
        for path, name in zip(programs, order, strict=True):
            symbol = kernel.name.split(".")[0]
            first_line = path.read_text().splitlines()[0]
            assert re.fullmatch(rf"# kernel {symbol} for cpu-\w+ after {name}", first_line)


def test_the_source_says_what_its_arguments_are(dumped):
    text = (dumped / "kernels" / "matmul_add_gelu_erf_f32" / "kernel.cpp").read_text()
    comments = [line for line in text.splitlines() if line.startswith("// ")]
    assert "gelu" in comments[0], "the nodes of the model"
    assert any(re.match(r"// size \w+", line) for line in comments)
    assert any(re.match(r"// (constant|global) \w+: f32\[.*\]", line) for line in comments)


def source_of(kernel):
    text = (kernel / "kernel.cpp").read_text()
    while text.startswith("//"):
        text = text.split("\n", 1)[1]
    return text


def test_replay_gives_the_same_bytes(dumped, capsys):
    for kernel in kernels_of(dumped):
        replay.main([str(next(kernel.glob("*_fill_sites.txt")))])
        assert capsys.readouterr().out == source_of(kernel), kernel.name


def test_every_pass_can_be_replayed(dumped, capsys):
    kernel = dumped / "kernels" / "matmul_add_gelu_erf_f32"
    for path in sorted(kernel.glob("[0-9][0-9]_*.txt")):
        if path.stem[3:] in ("template", "lower_tiles"):
            with pytest.raises(SystemExit):
                replay.main([str(path)])
            assert "sites" in capsys.readouterr().err
            continue
        replay.main([str(path), "--compile"])
        replayed = capsys.readouterr()
        assert "compiled in" in replayed.err
        # Terms of sums may be in another order.
        letters = collections.Counter(re.sub(r"\W|\d", "", replayed.out))
        assert letters == collections.Counter(re.sub(r"\W|\d", "", source_of(kernel))), path


def test_the_replay_command_runs_and_compiles(dumped):
    kernel = dumped / "kernels" / "matmul_add_gelu_erf_f32"
    command = (kernel / "replay.txt").read_text().strip()
    assert command.startswith("python ")
    command = command.replace("python", f"'{sys.executable}'", 1)
    done = subprocess.run(
        f"{command} --compile", shell=True, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == source_of(kernel)
    assert "compiled in" in done.stderr


def test_a_graph_can_be_replayed(dumped, capsys):
    isa = re.search(r"for cpu-(\w+)", next(dumped.glob("kernels/*/00*")).read_text()).group(1)
    replay.main([str(dumped / "0_aten.graph"), "--isa", isa])
    assert capsys.readouterr().out == (dumped / "4_plan.txt").read_text()


@pytest.mark.parametrize("text", ["", "program p target cpu\n{\n}\n", "# kernel k for cpu-avx2"])
def test_what_is_no_dump_is_said(tmp_path, capsys, text):
    path = tmp_path / "file.txt"
    path.write_text(text)
    with pytest.raises(SystemExit):
        replay.main([str(path)])
    assert "a program to replay starts with" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said(tmp_path, capsys):
    with pytest.raises(SystemExit):
        replay.main([str(tmp_path / "nothing")])
    assert "No such file" in capsys.readouterr().err


def bytes_of(folder):
    """By relative path, but what names the folder itself."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "replay.txt" and "cache" not in path.parts
    }


def dump_corpus(folder):
    """Inference, training, dynamic shapes, small types, indices."""
    dump_block(folder)
    options = {"dump": str(folder)}
    trained = compile_strict(Block(), options=options)
    sum(part.pow(2).sum() for part in trained(torch.randn(2, 7, 32))).backward()

    def mixed(x, table, at):
        return (
            torch.cat([x.bfloat16() * 2, table[at].bfloat16()], 0).cumsum(0),
            x.argmax(-1),
            x.std(),
        )

    dynamic = compile_strict(mixed, options=options, dynamic=True)
    for rows in (5, 9):
        dynamic(torch.randn(rows, 8), torch.randn(4, 8), torch.arange(3))


def test_two_processes_write_the_same_bytes(tmp_path):
    found = []
    here = pathlib.Path(__file__).parent
    for seed in ("1", "2"):
        folder = tmp_path / seed
        code = f"import pathlib, test_dump; test_dump.dump_corpus(pathlib.Path({str(folder)!r}))"
        # The order of memory differs, too: with and without randomised addresses.
        fixed = ["setarch", "-R"] if seed == "2" and shutil.which("setarch") else []
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "HIDET_CACHE_DIR": str(folder / "cache"),
        }
        subprocess.run([*fixed, sys.executable, "-c", code], cwd=here, check=True, env=environment)
        assert len(list(folder.glob("graph_*/kernels/*/kernel.cpp"))) > 20
        found.append(bytes_of(folder))
    assert found[0] == found[1]


def test_no_dump_no_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    compile_strict(lambda x: x + 1, options=STRICT)(torch.ones(3))
    assert not list(tmp_path.iterdir())
