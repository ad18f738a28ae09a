"""What the steps share: arguments, the record that grows row by row, and where things run."""

import argparse
import dataclasses
import json
import os
import pathlib
import sys
import time
import traceback

import torch

import hidet_torch.compile as compile_module

EMULATED_TARGET = "sm_80"


@dataclasses.dataclass
class Step:
    """One step's process. `rows` are written to its file as they come."""

    path: pathlib.Path
    emulate: bool
    end: float
    arguments: argparse.Namespace
    found: dict
    compilations: list = dataclasses.field(default_factory=list)

    @property
    def device(self):
        return "cpu" if self.emulate else "cuda"

    def seconds_left(self):
        return self.end - time.monotonic()

    def add(self, **row):
        self.found["rows"].append(row)
        print(row, flush=True)
        self.write()

    def note(self, text):
        """Said above the step's table."""
        self.found.setdefault("notes", []).append(text)
        self.write()

    def write(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(json.dumps(self.found, indent=1) + "\n")
        unfinished.replace(self.path)

    def each(self, items, measure):
        """`measure(item)` gives the row of an item; its failure is a row, too.

        Stops where the time is over, and says how many items were left. A kernel that broke the
        GPU's context ends the process: another one goes on with the next item.
        """
        items = list(items)
        for index in range(self.arguments.skip, len(items)):
            item = items[index]
            if self.seconds_left() <= 0:
                self.note(f"out of time: {len(items) - index} of {len(items)} left out")
                return
            start = time.monotonic()
            try:
                row = measure(item)
            except Exception as error:
                traceback.print_exc()
                row = {"item": name_of(item), "error": first_line(error)}
            self.add(**row, step_seconds=round(time.monotonic() - start, 2))
            if "error" in row and self.device == "cuda" and context_is_dead():
                self.restart(index + 1)

    def restart(self, skip):
        """This process becomes another one that goes on with item `skip`."""
        own = [sys.executable, *sys.argv, "--skip", str(skip)]
        os.execv(sys.executable, [*own, "--seconds", str(max(0.0, self.seconds_left()))])

    def kernels(self):
        """Of what was compiled last: a dict for each, as the report has them."""
        return [k for one in self.compilations for k in one.report.get("kernels", ())]

    def hidet_options(self, **more):
        """Generated kernels, also where ATen's would be thought faster; bugs are errors."""
        options = {"strict": True, "progress": False, "library": "never", **more}
        if not self.emulate:
            return options
        if not self.found.get("notes"):
            where = "an emulator's" if emulator_works() else "the CPU's, for want of an emulator"
            self.note(f"kernels are {where}: the times say nothing")
        if emulator_works():
            options |= {"target": EMULATED_TARGET, "execute": "emulate"}
        return options

    def compiled(self, function, **options):
        """A function whose first call fills `compilations` with what became of its graphs."""
        torch._dynamo.reset()
        compile_module.listeners[:] = [self.compilations.append]
        self.compilations.clear()
        return torch.compile(
            function, backend="hidet", dynamic=False, options=self.hidet_options(**options)
        )


def context_is_dead():
    try:
        torch.cuda.synchronize()
    except Exception:
        return True
    return False


def name_of(item):
    """Short, in a line: of a tuple what it begins with, as the steps' lists have it."""
    if isinstance(item, dict):
        return item["name"]
    first = item[0] if isinstance(item, tuple) else item
    return " ".join(str(first).split())[:80]


def first_line(error):
    """The reason behind what Dynamo says around it."""
    error = getattr(error, "inner_exception", None) or error
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0][:300] if lines else "no message"
    return f"{type(error).__name__}: {text}" if isinstance(error, BaseException) else text


def start(description, add_arguments=None):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--emulate", action="store_true")
    parser.add_argument("--skip", type=int, default=0, help="items that are in the file already")
    if add_arguments:
        add_arguments(parser)
    arguments = parser.parse_args()
    end = time.monotonic() + arguments.seconds
    found = json.loads(arguments.json.read_text()) if arguments.skip else {"rows": []}
    step = Step(arguments.json, arguments.emulate, end, arguments, found)
    torch.manual_seed(0)
    return step


_emulator = []


def emulator_works():
    """Whether this build runs CUDA kernels on the CPU."""
    if not _emulator:
        options = {"strict": True, "progress": False, "target": EMULATED_TARGET}
        options["execute"] = "emulate"
        try:
            call = torch.compile(lambda x: x + 1, backend="hidet", options=options)
            _emulator.append(bool((call(torch.ones(4)) == 2).all()))
        except Exception as error:
            print(f"no emulator: {first_line(error)}", flush=True)
            _emulator.append(False)
        torch._dynamo.reset()
    return _emulator[0]


def error_of(actual, reference):
    """The rms of the difference, as a share of the rms of a float64 reference."""
    difference = actual.double() - reference
    scale = reference.square().mean().sqrt().clamp_min(1e-30)
    return (difference.square().mean().sqrt() / scale).item()
