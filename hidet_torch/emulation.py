"""check: a model's CUDA kernels, run on the CPU under several schedules with every rule checked."""

import dataclasses

import torch

from .explanation import _table, listening
from .library import load
from .options import resolve

SCHEDULES = ("forward", "reverse", "random")
CHECKS = ("races", "bounds", "initialisation", "barriers", "waits", "alignment", "other")
# Blocks of a launch whose accesses are counted; the rest of them do the same elsewhere.
COUNTED_BLOCKS = 4


@dataclasses.dataclass
class Access:
    """What one line of a kernel does to one kind of memory, warp by warp."""

    kernel: str
    line: int
    code: str
    shared: bool
    writes: bool
    requests: int
    # Shared memory: passes over its banks, and what they are without a conflict.
    passes: int
    least_passes: int
    # Global memory: sectors of 32 bytes, what they are with none touched in part that need not be,
    # and the bytes of them that are used.
    sectors: int
    least_sectors: int
    used_bytes: int

    @property
    def conflicts(self):
        return self.passes - self.least_passes

    @property
    def sector_use(self):
        return self.used_bytes / (32 * self.sectors) if self.sectors else 1.0


@dataclasses.dataclass
class Emulation:
    """One run of the whole model under one schedule."""

    schedule: str
    findings: list  # dicts: check, kernel, line, block, thread, address, report
    failure: str = ""  # why the model did not come to its end
    error: float = 0.0  # rms against float64, of the reference's rms; the worst output
    eager_error: float = 0.0


@dataclasses.dataclass
class CheckReport:
    """Prints itself; the fields are there for tests and tools."""

    target: str
    runs: list  # Emulation, one of each schedule
    kernels: list  # (symbol, launches, blocks)
    accesses: list  # Access
    aten_calls: list  # (name, reason): not proved
    operators: int  # in emulated kernels

    @property
    def ok(self):
        return not any(run.findings or run.failure for run in self.runs)

    @property
    def proved(self):
        """The share of the model's operators that ran in emulated kernels."""
        return self.operators / max(1, self.operators + len(self.aten_calls))

    @property
    def conflicts(self):
        return [access for access in self.accesses if access.shared and access.conflicts > 0]

    def __str__(self):
        launches = sum(kernel[1] for kernel in self.kernels)
        lines = [
            f"{self.target}: {len(self.kernels)} kernels, {launches} launches, "
            f"{100 * self.proved:.0f} % of the operators proved: "
            + ("no rule is broken" if self.ok else "RULES ARE BROKEN")
        ]
        lines += _table(
            ["schedule", *CHECKS, "error / eager's"],
            [
                [
                    run.schedule,
                    *(sum(f["check"] == check for f in run.findings) for check in CHECKS),
                    f"{run.error:.2g} / {run.eager_error:.2g}" if run.error else "",
                ]
                for run in self.runs
            ],
        )
        for run in self.runs:
            lines += [f"\n{run.schedule}: {finding['report']}" for finding in run.findings]
            if run.failure and not run.findings:
                lines.append(f"\n{run.schedule}: {run.failure}")
        lines += _table(
            ["shared memory", "", "warps' accesses", "passes", "least", "code"],
            [
                [f"{a.kernel}:{a.line}", _verb(a), a.requests, a.passes, a.least_passes, a.code]
                for a in self.accesses
                if a.shared
            ],
        )
        lines += _table(
            ["global memory", "", "warps' accesses", "sectors", "least", "used", "code"],
            [
                [
                    f"{a.kernel}:{a.line}",
                    _verb(a),
                    a.requests,
                    a.sectors,
                    a.least_sectors,
                    f"{100 * a.sector_use:.0f} %",
                    a.code,
                ]
                for a in self.accesses
                if not a.shared
            ],
        )
        lines += _table(["not proved: ATen call", "reason"], self.aten_calls)
        return "\n".join(lines)


def _verb(access):
    return "writes" if access.writes else "reads"


def check_model(call, target, options, reference):
    """`call`: a ModelCall."""
    options = {"strict": True, **(options or {}), "target": target, "execute": "emulate"}
    resolve(options)
    with torch.set_grad_enabled(call.backward):
        eager = call.run(call.model) if reference else None
        wide = call.in_float64() if reference else None
        wanted = wide.run(wide.model) if reference else None
        report = CheckReport(target, [], [], [], [], 0)
        for number, schedule in enumerate(SCHEDULES):
            run = Emulation(schedule, [])
            report.runs.append(run)
            results, graphs, kernels = _run_emulated(call, options, number, run)
            if results is not None and reference:
                run.error, run.eager_error = _error(results, wanted), _error(eager, wanted)
            if number == 0:
                _note_graphs(report, graphs)
                _note_kernels(report, kernels)
    return report


def _run_emulated(call, options, number, run):
    """(results, None where the model did not come to its end; graphs; kernels)."""
    session = load().EmulationSession(number, COUNTED_BLOCKS if number == 0 else 0)
    results = None
    with listening() as graphs:
        try:
            torch._dynamo.reset()
            results = call.run(torch.compile(call.model, backend="hidet", options=options))
        except RuntimeError as error:
            run.failure = str(error)
        finally:
            session.close()
    run.findings = session.findings()
    return results, graphs, session.kernels()


def _note_kernels(report, kernels):
    for kernel in kernels:
        report.kernels.append((kernel["symbol"], kernel["launches"], kernel["blocks"]))
        lines = kernel["text"].splitlines()
        for place in kernel["places"]:
            code = lines[place["line"] - 1].strip() if 0 < place["line"] <= len(lines) else ""
            report.accesses.append(Access(kernel=kernel["symbol"], code=code, **place))


def _note_graphs(report, graphs):
    for graph in graphs:
        for group in graph.report.get("groups", ()):
            if group["kernel"]:
                report.operators += len(dict.fromkeys(group["nodes"]))
        report.aten_calls += [(c["name"], c["reason"]) for c in graph.report.get("aten_calls", ())]


def _error(tensors, wanted):
    """rms of the difference over rms of what is wanted, of the worst tensor."""
    worst = 0.0
    for tensor, exact in zip(tensors, wanted, strict=True):
        scale = exact.double().pow(2).mean().sqrt().item() or 1.0
        error = (tensor.double() - exact.double()).pow(2).mean().sqrt().item()
        worst = max(worst, error / scale)
    return worst
