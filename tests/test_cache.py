"""The cache: a second process compiles nothing, and no state of the folder gives a wrong answer."""

import json
import os
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys, warnings, torch, hidet_torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(24, 40), torch.nn.GELU(), torch.nn.LayerNorm(40)).eval()
x = torch.randn(6, 24)
with warnings.catch_warnings(record=True) as caught, torch.no_grad():
    warnings.simplefilter("always")
    explanation = hidet_torch.explain(model, x, options={"strict": True, "progress": False})
    compiled = torch.compile(model, backend="hidet", options={"strict": True, "progress": False})
    torch.testing.assert_close(compiled(x), model(x))
reports = [graph.report for graph in explanation.graphs]
print(json.dumps({
    "kernels": sum(len(report["kernels"]) for report in reports),
    "compiled": sum(report["compiled_kernels"] for report in reports),
    "from_cache": [report["from_cache"] for report in reports],
    "warnings": [str(w.message) for w in caught if "hidet" in str(w.message)],
}))
"""


def start(directory, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "HIDET_CACHE_DIR": str(directory), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


def run(directory, **environment):
    return finish(start(directory, **environment))


def files_in(directory):
    return [path for path in sorted(directory.rglob("*")) if path.is_file()]


def test_a_second_process_compiles_nothing(tmp_path):
    first = run(tmp_path)
    assert first["compiled"] == first["kernels"] > 0
    second = run(tmp_path)
    assert second["compiled"] == 0
    assert all(second["from_cache"])


def test_two_processes_at_once(tmp_path):
    processes = [start(tmp_path) for _ in range(2)]
    for process in processes:
        finish(process)
    assert run(tmp_path)["compiled"] == 0


@pytest.mark.parametrize("damage", ["truncated", "altered", "emptied", "replaced"])
def test_damaged_files(tmp_path, damage):
    run(tmp_path)
    for path in files_in(tmp_path):
        contents = bytearray(path.read_bytes())
        if damage == "truncated":
            contents = contents[: len(contents) // 2]
        elif damage == "altered" and contents:
            contents[len(contents) // 2] ^= 0x40
        elif damage == "emptied":
            contents = b""
        elif damage == "replaced":
            contents = b"#!/bin/sh\n"
        path.chmod(0o600)
        path.write_bytes(contents)
    assert run(tmp_path)["kernels"] > 0
    assert run(tmp_path)["compiled"] == 0


def test_a_folder_that_others_may_write_to_is_not_used(tmp_path):
    directory = tmp_path / "shared"
    directory.mkdir()
    directory.chmod(0o777)
    result = run(directory)
    assert result["kernels"] > 0
    assert len(result["warnings"]) == 1
    assert "hidet" in result["warnings"][0]
    assert files_in(directory) == []


def test_a_folder_that_cannot_be_made(tmp_path):
    obstacle = tmp_path / "file"
    obstacle.write_text("")
    result = run(obstacle / "cache")
    assert result["kernels"] > 0
    assert len(result["warnings"]) == 1


def test_a_folder_that_may_not_be_written(tmp_path):
    directory = tmp_path / "cache"
    run(directory)
    folders = [path for path in [directory, *directory.rglob("*")] if path.is_dir()]
    for path in folders:
        path.chmod(0o500)
    try:
        assert run(directory)["compiled"] == 0
    finally:
        for path in folders:
            path.chmod(0o700)


def test_a_full_folder(tmp_path):
    """A file system of a few pages, in a namespace of its own."""
    directory = tmp_path / "cache"
    directory.mkdir(mode=0o700)
    mount = f"mount -t tmpfs -o size=16k,mode=700 hidet_test {directory}"
    isolated = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    try:
        subprocess.run([*isolated, mount], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")
    process = subprocess.run(
        [*isolated, f'{mount} && exec "$0" -c "$1"', sys.executable, SCRIPT],
        check=False,
        env={**os.environ, "HIDET_CACHE_DIR": str(directory)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    result = json.loads(process.stdout.splitlines()[-1])
    assert result["kernels"] > 0
    assert len(result["warnings"]) == 1
