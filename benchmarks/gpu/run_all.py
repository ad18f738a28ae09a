"""Runs the steps of the GPU script, each in a process of its own with a time limit of its own.

A step writes what it has found after every item, so that neither its failure nor the end of its
time loses anything; the table is written anew after every step. See run_all.sh.
"""

import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import table

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Kept back at the end for the last table.
RESERVE_SECONDS = 5
# Of a step's limit: it is asked to end, and only then ended.
GRACE_SECONDS = 8


@dataclasses.dataclass
class Step:
    """`share`: its part of the time left, beside the shares of the steps behind it."""

    name: str
    share: float
    script: str
    arguments: tuple = ()


# The most telling first. What a step leaves of its time goes to those behind it.
STEPS = (
    Step("prelude", 4, "step_prelude.py"),
    Step("smoke", 3, "step_smoke.py"),
    Step("tests", 5, "step_tests.py"),
    Step("matmul", 6, "step_matmul.py"),
    Step("attention", 2, "step_attention.py"),
    Step("models", 5, "step_models.py", ("--contenders", "eager,inductor,hidet")),
    Step("space", 3, "step_space.py"),
    Step("models-autotuned", 4, "step_models.py", ("--contenders", "eager,inductor-max,hidet")),
)


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--budget-seconds", type=float, default=570, help="the build included")
    parser.add_argument("--emulate", action="store_true", help="without a GPU, on small sizes")
    parser.add_argument("--keep", action="store_true", help="results to benchmarks/results/, too")
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        default=[step.name for step in STEPS],
        help="of " + ",".join(step.name for step in STEPS),
    )
    parsed = parser.parse_args(arguments)
    unknown = set(parsed.only) - {step.name for step in STEPS}
    if unknown:
        parser.error(f"no step {', '.join(sorted(unknown))}")
    return parsed


def limit_of(step, behind, left):
    """Seconds for a step, with `left` of them for it and those behind it."""
    return left * step.share / (step.share + sum(other.share for other in behind))


def run_step(step, limit, out, emulate):
    """{"status", "seconds", "limit_seconds"} beside what the step has written itself."""
    record, log = out / f"{step.name}.json", out / f"{step.name}.log"
    record.unlink(missing_ok=True)
    command = [sys.executable, str(HERE / step.script), *step.arguments, "--json", str(record)]
    command += ["--seconds", f"{max(1.0, limit - GRACE_SECONDS):.0f}"]
    command += ["--emulate"] * emulate
    start = time.monotonic()
    with log.open("w") as stream:
        try:
            finished = subprocess.run(
                command, stdout=stream, stderr=subprocess.STDOUT, timeout=limit, cwd=ROOT,
                check=False,
            )  # fmt: skip
            code = finished.returncode
            status = "done" if code == 0 else f"failed: status {code}"
        except subprocess.TimeoutExpired:
            status = "out of time"
    found = json.loads(record.read_text()) if record.exists() else {"rows": []}
    if status.startswith("failed"):
        found["log"] = log.read_text(errors="replace")[-2000:]
    return found | {
        "status": status,
        "seconds": time.monotonic() - start,
        "limit_seconds": limit,
    }


def commit():
    """Of the checkout; it may have been carried here without its history."""
    try:
        return subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True,
            check=True,
        ).stdout.strip()  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine(emulate):
    """What the figures depend on."""
    import torch

    facts = {"torch": torch.__version__, "python": sys.version.split()[0], "commit": commit()}
    facts["date"] = datetime.date.today().isoformat()
    if emulate or not torch.cuda.is_available():
        return facts | {"device": "emulated"}
    properties = torch.cuda.get_device_properties(0)
    return facts | {
        "device": properties.name,
        "capability": f"{properties.major}.{properties.minor}",
        "multiprocessors": properties.multi_processor_count,
        "memory_gib": round(properties.total_memory / 2**30, 1),
        "cuda": torch.version.cuda,
        "driver": _driver_version(),
    }


def _driver_version():
    program = shutil.which("nvidia-smi")
    if not program:
        return "unknown"
    asked = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return found.splitlines()[0].strip() if found else "unknown"


def keep(results, out):
    facts = results["machine"]
    device = re.sub(r"[^a-z0-9]+", "-", facts["device"].lower()).strip("-")
    folder = ROOT / "benchmarks" / "results"
    folder.mkdir(exist_ok=True)
    name = f"{device}-{facts['date']}-{facts['commit']}"
    shutil.copyfile(out / "table.md", folder / f"{name}.md")
    (folder / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"kept: benchmarks/results/{name}.json and .md")


def main(arguments=None):
    arguments = parse(arguments)
    out = pathlib.Path(os.environ.get("OUT", ROOT / "build" / "gpu"))
    out.mkdir(parents=True, exist_ok=True)
    spent = max(0.0, time.time() - float(os.environ.get("HIDET_STARTED", time.time())))
    end = time.monotonic() + arguments.budget_seconds - spent - RESERVE_SECONDS
    results = {"machine": machine(arguments.emulate), "emulate": arguments.emulate, "steps": {}}
    if not arguments.emulate and results["machine"]["device"] == "emulated":
        raise SystemExit("PyTorch sees no GPU here; --emulate goes through the steps without one")
    steps = [step for step in STEPS if step.name in arguments.only]
    for index, step in enumerate(steps):
        limit = limit_of(step, steps[index + 1 :], end - time.monotonic())
        if limit < 1:
            results["steps"][step.name] = {"rows": [], "status": "no time left", "seconds": 0.0}
        else:
            results["steps"][step.name] = run_step(step, limit, out, arguments.emulate)
        found = results["steps"][step.name]
        print(f"{step.name}: {found['status']}, {found['seconds']:.0f} s, "
              f"{len(found['rows'])} rows", flush=True)  # fmt: skip
        (out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
        (out / "table.md").write_text(table.render(results))
    print(f"written: {out / 'table.md'}")
    if arguments.keep:
        keep(results, out)
    return 0 if all(f["status"] == "done" for f in results["steps"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
