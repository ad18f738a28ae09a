"""What became of a model: kernels, fusion groups, declines, ATen calls, times."""

import contextlib
import dataclasses
import time as clock

import torch

from . import compile as compile_module
from .library import load
from .options import resolve

_CUDA_COLUMNS = ["threads", "registers", "spilled", "shared", "occupancy", "predicted us"]


@dataclasses.dataclass
class KernelUse:
    symbol: str
    template: str
    params: str
    reason: str  # why these params
    launches: int
    key: str
    # Of one call, all launches together; 0: not timed.
    seconds: float = 0.0
    multiply_adds: int = 0
    bytes: int = 0  # each operand read or written once
    # Of a CUDA kernel: registers, spill_bytes, stack_bytes, threads, shared_bytes, blocks,
    # occupancy, limit, predicted_seconds (of one launch), advisories (of the assembler).
    cuda: dict = dataclasses.field(default_factory=dict)

    def resources(self):
        """What the kernel takes on its target, as cells of a table."""
        if not self.cuda:
            return [""] * len(_CUDA_COLUMNS)
        limit = f" ({self.cuda['limit']})" if self.cuda["limit"] else ""
        return [
            self.cuda["threads"],
            self.cuda["registers"],
            self.cuda["spill_bytes"],
            self.cuda["shared_bytes"],
            f"{100 * self.cuda['occupancy']:.0f} %{limit}",
            f"{1e6 * self.cuda['predicted_seconds']:.1f}",
        ]

    def rate(self, peaks):
        """GFLOP/s or GB/s, and the share of what the machine can do at most (`peaks`), or on a GPU
        of what the cost model expects."""
        if not self.seconds:
            return ""
        if self.multiply_adds:
            rate, most, of = 2 * self.multiply_adds / self.seconds, 2 * peaks[0], "peak"
            text = f"{1e-9 * rate:.0f} GFLOP/s"
        else:
            rate, most, of = self.bytes / self.seconds, peaks[1], "memory's"
            text = f"{1e-9 * rate:.1f} GB/s"
        if self.cuda:
            share, of = self.launches * self.cuda["predicted_seconds"] / self.seconds, "predicted"
        else:
            share = rate / most
        return f"{text}, {100 * share:.0f} % of {of}"


@dataclasses.dataclass
class Explanation:
    """Prints itself; the fields are there for tests and tools."""

    graphs: list  # Compilation, in the order of compilation
    kernels: list  # KernelUse
    groups: list  # dicts: kind, nodes, outputs, constant, kernel
    declines: list  # (node, with, reason)
    aten_calls: list  # (name, reason)
    compile_times: dict  # step -> seconds
    problems: list  # why a graph is not compiled by us
    seconds: float = 0.0  # of one call of everything that was timed
    generated_seconds: float = 0.0  # the part of it in generated kernels
    # fp32 multiply-adds, and bytes copied (no cache holds them), a second, all threads of the CPU;
    # when kernels for it are timed.
    peaks: tuple = (0.0, 0.0)

    def __str__(self):
        lines = [
            f"{len(self.graphs)} graphs, {len(self.kernels)} kernels, "
            f"{sum(kernel.launches for kernel in self.kernels)} launches a call, "
            f"{len(self.aten_calls)} ATen calls"
        ]
        lines += self.problems
        if self.seconds:
            share = 100 * self.generated_seconds / self.seconds
            line = f"{share:.1f} % of the time is in generated kernels"
            if self.peaks[0]:
                line += (
                    f"; this machine's peak is {2e-9 * self.peaks[0]:.0f} GFLOP/s, its memory's "
                    f"{1e-9 * self.peaks[1]:.0f} GB/s (operands that a cache holds come faster)"
                )
            lines.append(line)
        on_cuda = any(kernel.cuda for kernel in self.kernels)
        lines += _table(
            ["kernel", "template", "params", "launches"]
            + _CUDA_COLUMNS * on_cuda
            + ["us", "rate"] * bool(self.seconds),
            [
                [k.symbol, k.template, k.params, k.launches]
                + k.resources() * on_cuda
                + [f"{1e6 * k.seconds:.1f}", k.rate(self.peaks)] * bool(self.seconds)
                for k in self.kernels
            ],
        )
        lines += _table(
            ["template", "params", "why"],
            list(dict.fromkeys((k.template, k.params, k.reason) for k in self.kernels)),
        )
        lines += _table(
            ["kernel", "params", "the assembler's advice"],
            [[k.symbol, k.params, a] for k in self.kernels for a in k.cuda.get("advisories", ())],
        )
        lines += _table(
            ["group", "kernel", "operators"],
            [[g["kind"], g["kernel"], " ".join(dict.fromkeys(g["nodes"]))] for g in self.groups],
        )
        lines += _table(["declined", "with", "reason"], self.declines)
        lines += _table(["ATen call", "reason"], self.aten_calls)
        lines += _table(
            ["compilation", "ms"],
            [[step, f"{1e3 * seconds:.1f}"] for step, seconds in self.compile_times.items()],
        )
        return "\n".join(lines)


def _table(heads, rows):
    if not rows:
        return []
    cells = [heads] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    widths[-1] = 0  # no blanks at the end of a line
    return [""] + [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]


@contextlib.contextmanager
def listening():
    """The list that each Compilation of the block comes into."""
    found = []
    compile_module.listeners.append(found.append)
    try:
        yield found
    finally:
        compile_module.listeners.remove(found.append)


def compile_and_listen(model, inputs, **compile_keywords):
    """(result, [Compilation]) of one call of a freshly compiled model."""
    with listening() as found:
        torch._dynamo.reset()
        return torch.compile(model, backend="hidet", **compile_keywords)(*inputs), found


def explain_model(call, options, time):
    """`call`: a ModelCall."""
    with torch.set_grad_enabled(call.backward or torch.is_grad_enabled()):
        return _explain(call, options, time)


def _explain(call, options, time):
    on_cuda = resolve(options)["target"].startswith("sm_")
    start = clock.perf_counter()
    not_run = ""
    with listening() as graphs:
        try:
            torch._dynamo.reset()
            # Where there is no GPU, the forward pass does not come to its end, and the backward
            # graph would never be compiled.
            with torch._functorch.config.patch(force_non_lazy_backward_lowering=on_cuda):
                call.run(torch.compile(call.model, backend="hidet", options=options))
        except RuntimeError as error:
            # Kernels for a GPU can be looked at where there is none.
            if not graphs or not on_cuda:
                raise
            not_run = str(error)
    total = clock.perf_counter() - start
    explanation = Explanation(graphs, [], [], [], [], {}, [])
    kernels = {}
    for graph in graphs:
        report = graph.report
        if graph.problem:
            explanation.problems.append(f"not compiled: {graph.kind} graph: {graph.problem}")
        for kernel in report.get("kernels", ()):
            use = kernels.setdefault(
                kernel["symbol"] + kernel["key"],
                KernelUse(
                    *(kernel[name] for name in ("symbol", "template", "params", "reason")),
                    launches=0,
                    key=kernel["key"],
                    cuda=kernel["cuda"],
                ),
            )
            use.launches += kernel["launches"]
        explanation.groups += report.get("groups", ())
        explanation.declines += [
            (d["node"], d["with"], d["reason"]) for d in report.get("declines", ())
        ]
        explanation.aten_calls += [(c["name"], c["reason"]) for c in report.get("aten_calls", ())]
        for step in report.get("times", ()):
            times = explanation.compile_times
            times[step["step"]] = times.get(step["step"], 0.0) + step["seconds"]
    explanation.compile_times["all, with Dynamo and AOTAutograd"] = total
    explanation.kernels = list(kernels.values())
    if not_run:
        explanation.problems.append(f"not run: {not_run}")
        return explanation
    if time:
        _measure(explanation, call, options)
    return explanation


class _TimedCall:
    """Stands in for a compiled graph and adds up the time of its steps."""

    _boxed_call = True

    def __init__(self, graph, totals):
        self._boxed_call = True
        self._graph = graph
        self._totals = totals

    def __call__(self, inputs):
        results, steps = load().timed(self._graph, inputs)
        self._totals.append(steps)
        return results


# A machine that was idle is slow, and may have both threads on one core.
_WARM_UP_SECONDS = 0.5
_LEAST_SECONDS, _LEAST_CALLS = 0.5, 5


def _measure(explanation, call, options):
    """The median of many calls, after some that prepare the weights and wake the machine."""
    totals = []
    compile_module.wrappers.append(lambda graph: _TimedCall(graph, totals))
    try:
        torch._dynamo.reset()
        compiled = torch.compile(call.model, backend="hidet", options=options)
        start = clock.perf_counter()
        while clock.perf_counter() - start < _WARM_UP_SECONDS or not totals:
            call.run(compiled)
        calls = []
        start = clock.perf_counter()
        while len(calls) < _LEAST_CALLS or clock.perf_counter() - start < _LEAST_SECONDS:
            totals.clear()
            call.run(compiled)
            calls.append([step for steps in totals for step in steps])
    finally:
        compile_module.wrappers.pop()
    calls.sort(key=lambda steps: sum(step["seconds"] for step in steps))
    if not all(kernel.cuda for kernel in explanation.kernels):
        explanation.peaks = load().machine_rates()
    kernels = {(kernel.symbol, kernel.key): kernel for kernel in explanation.kernels}
    for step in calls[len(calls) // 2]:
        explanation.seconds += step["seconds"]
        if not step["generated"]:
            continue
        explanation.generated_seconds += step["seconds"]
        kernel = kernels[step["name"], step["key"]]
        kernel.seconds += step["seconds"]
        kernel.multiply_adds += step["multiply_adds"]
        kernel.bytes += step["bytes"]
