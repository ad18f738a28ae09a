"""The tests with real launches: pytest of tests/gpu."""

import pathlib
import subprocess
import sys
import xml.etree.ElementTree

import step

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def outcome_of(case):
    for kind in ("failure", "error", "skipped"):
        found = case.find(kind)
        if found is not None:
            return kind, (found.get("message") or "").strip()[:300]
    return "passed", ""


def main():
    this = step.start(__doc__)
    report = this.path.with_suffix(".xml")
    report.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x" if this.emulate else "--maxfail=50",
        "gpu",
    ]
    command += [f"--junitxml={report}", "-p", "no:cacheprovider"]
    try:
        ended = subprocess.run(
            command, cwd=ROOT / "tests", timeout=max(5.0, this.seconds_left()), check=False
        ).returncode
    except subprocess.TimeoutExpired:
        ended = "out of time"
    if not report.exists():
        this.add(item="pytest", error=f"ended with {ended} and no report")
        return
    counts = {}
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        kind, message = outcome_of(case)
        counts[kind] = counts.get(kind, 0) + 1
        if kind in ("failure", "error"):
            this.add(item=case.get("name"), error=message)
    this.add(item="all", **counts)


if __name__ == "__main__":
    main()
