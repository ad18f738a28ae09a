"""The tests with real launches: pytest of tests/gpu."""

import pathlib
import sys

import step

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FILES = ("gpu/test_gpu_graphs.py", "gpu/test_gpu_operators.py")


class Recorder:
    """A plugin of pytest that writes down failures as they come, and ends where the time does."""

    def __init__(self, this):
        self.this = this
        self.counts = {}
        self.all = 0
        self.done = this.arguments.skip
        self.broken = False

    def pytest_collection_modifyitems(self, items):
        self.all = len(items)
        del items[: self.done]

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            self.counts[report.outcome] = self.counts.get(report.outcome, 0) + 1
        if report.failed:
            name = report.nodeid.split("::", 1)[-1]
            crash = getattr(report.longrepr, "reprcrash", None)
            message = crash.message if crash else report.longrepr
            self.this.add(item=name, error=step.first_line(message))
            self.broken = self.this.device == "cuda" and step.context_is_dead()

    def pytest_runtest_logfinish(self):
        self.done += 1

    def pytest_runtest_protocol(self, item, nextitem):
        del nextitem
        if self.this.seconds_left() <= 0:
            item.session.shouldstop = "out of time"
        elif self.broken:
            item.session.shouldstop = "the GPU's context is broken"


def main():
    this = step.start(__doc__)
    try:
        import pytest
    except ImportError:
        this.note("pytest is not installed: no tests")
        return
    tests = ROOT / "tests"
    sys.path.insert(0, str(tests))
    recorder = Recorder(this)
    files = [str(tests / name) for name in FILES]
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(ROOT)]
    pytest.main([*options, *files], plugins=[recorder])
    this.add(item=f"of {recorder.all} from {this.arguments.skip}", **recorder.counts)
    if recorder.done < recorder.all and recorder.broken:
        this.restart(recorder.done)
    if recorder.done < recorder.all:
        this.note(f"out of time: {recorder.all - recorder.done} of {recorder.all} tests left out")


if __name__ == "__main__":
    main()
