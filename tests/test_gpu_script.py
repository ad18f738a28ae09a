"""benchmarks/gpu/run_all.sh: its steps on small sizes, and what becomes of one that fails."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

import hidet_torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "benchmarks" / "gpu"))
import run_all
import shapes
import table

SCRIPTS = pathlib.Path(run_all.__file__).parent


def test_sixty_different_products():
    assert len(shapes.SHAPES) == len(set(shapes.SHAPES)) == 60
    assert set(shapes.SPACE_SHAPES) <= set(shapes.SHAPES)
    assert {n for n, _, _ in shapes.PAPER} == set(range(2042, 2049)) | {2039}


def test_the_budget_is_shared_out():
    left = 100.0
    for index, step in enumerate(run_all.STEPS):
        limit = run_all.limit_of(step, run_all.STEPS[index + 1 :], left)
        assert 0 < limit <= left
        left -= limit
    assert left == pytest.approx(0)


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """Steps of the test's own in the place of the real ones."""
    monkeypatch.setattr(run_all, "HERE", tmp_path)
    monkeypatch.setattr(run_all, "GRACE_SECONDS", 0)

    def write(name, code):
        (tmp_path / f"{name}.py").write_text(
            "import json, pathlib, sys, time\n"
            "out = pathlib.Path(sys.argv[sys.argv.index('--json') + 1])\n" + code
        )
        return run_all.Step(name, 1, f"{name}.py")

    return write


ROWS = "out.write_text(json.dumps({'rows': [{'item': 'first', 'us': 1}]}))\n"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("", "done"),
        ("raise SystemExit('no such thing')", "failed: status 1"),
        ("time.sleep(60)", "out of time"),
    ],
)
def test_a_step_loses_no_row(scripts, tmp_path, code, status):
    step = scripts("made", ROWS + code)
    found = run_all.run_step(step, 2, tmp_path, emulate=True)
    assert found["status"] == status
    assert found["rows"] == [{"item": "first", "us": 1}]
    assert ("no such thing" in found.get("log", "")) == status.startswith("failed")


def test_a_failure_is_named_in_a_line():
    import step

    class Wrapped(Exception):
        inner_exception = ValueError("\nno such\nthing")

    assert step.first_line(Wrapped("backend raised:")) == "ValueError: no such"
    assert step.first_line("a message") == "a message"
    assert step.name_of(({"a": 1}, 2)) == "{'a': 1}"
    assert step.name_of(("rows\n and", lambda: 0)) == "rows and"
    assert step.name_of({"name": "mma"}) == "mma"


def test_a_broken_context_costs_its_item_alone(scripts, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{SCRIPTS}:{os.environ.get('PYTHONPATH', '')}")
    code = """
import os
import step
this = step.start("")
step.context_is_dead = lambda: True
def measure(item):
    if item == "bad":
        raise RuntimeError("illegal memory access")
    return {"item": item, "process": this.arguments.skip}
this.each(["a", "bad", "b"], measure)
"""
    found = run_all.run_step(scripts("restarts", code), 100, tmp_path, emulate=False)
    assert found["status"] == "done", found
    assert [(row["item"], row.get("process")) for row in found["rows"]] == [
        ("a", 0),
        ("bad", None),
        ("b", 2),
    ]
    assert found["rows"][1]["error"] == "RuntimeError: illegal memory access"


def test_the_table_shows_rows_errors_and_means():
    rows = [
        {"item": "a", "precision": "fp32", "of_cublas": 0.5, "hidet_seconds": 2e-6},
        {"item": "b", "precision": "fp32", "of_cublas": 2.0, "hidet_seconds": 1e-6},
        {"item": "c", "error": "a | b"},
        {"item": "d", "contenders": {"eager": {"seconds": 1e-3}, "hidet": {"error": "none"}}},
    ]
    results = {
        "machine": {"device": "Some GPU", "commit": "abc"},
        "emulate": True,
        "steps": {"matmul": {"rows": rows, "status": "failed: status 1", "seconds": 3.2,
                             "log": "Traceback", "notes": ["left out"]}},
    }  # fmt: skip
    text = table.render(results)
    assert "# Hidet on Some GPU" in text
    assert "**Emulated" in text
    assert "| matmul | failed: status 1 | 3 | 4 | 1 |" in text
    assert "of_cublas fp32: geometric mean 1.00, least 0.50, most 2.00, of 2." in text
    assert "a / b" in text
    assert "1000.0" in text
    assert "Traceback" in text
    assert "left out." in text


def test_results_are_kept_under_device_date_and_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(run_all, "ROOT", tmp_path)
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "table.md").write_text("# Hidet\n")
    facts = {"device": "NVIDIA H100 80GB HBM3", "date": "2026-01-02", "commit": "abc1234"}
    run_all.keep({"machine": facts, "steps": {}}, tmp_path)
    name = "nvidia-h100-80gb-hbm3-2026-01-02-abc1234"
    folder = tmp_path / "benchmarks" / "results"
    assert sorted(path.name for path in folder.iterdir()) == [f"{name}.json", f"{name}.md"]
    assert json.loads((folder / f"{name}.json").read_text())["machine"] == facts


def test_all_steps_without_a_gpu(tmp_path):
    pytest.importorskip("transformers")
    environment = {
        **os.environ,
        "OUT": str(tmp_path / "out"),
        "HIDET_PYTHON": sys.executable,
        "HIDET_PACKAGE": str(pathlib.Path(hidet_torch.__file__).parent.parent),
    }
    finished = subprocess.run(
        ["bash", str(SCRIPTS / "run_all.sh"), "--emulate", "--budget-seconds=900"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["emulate"]
    for name, found in results["steps"].items():
        assert found["status"] == "done", (name, found)
        errors = [row for row in found["rows"] if "error" in row]
        assert not errors, (name, errors)
        assert found["rows"] or found["notes"], name
    assert len(results["steps"]["matmul"]["rows"]) == len(shapes.SMALL) * len(shapes.PRECISIONS)
    assert "## matmul" in (tmp_path / "out" / "table.md").read_text()


def test_what_is_missing_is_named(tmp_path):
    environment = {"PATH": str(tmp_path), "OUT": str(tmp_path / "out"), "HOME": str(tmp_path)}
    for program in ("bash", "dirname", "date", "mkdir", "tee"):
        found = subprocess.run(["which", program], capture_output=True, text=True, check=True)
        (tmp_path / program).symlink_to(found.stdout.strip())
    environment["HIDET_PYTHON"] = sys.executable
    finished = subprocess.run(
        [str(tmp_path / "bash"), str(SCRIPTS / "run_all.sh")],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert finished.returncode == 1
    assert "missing: ninja" in finished.stderr
    assert "missing: a C++20 compiler" in finished.stderr
