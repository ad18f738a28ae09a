"""The cost of a call: one tiny kernel, with 1 and with 100 parameters.

    python benchmarks/overhead.py

The floors are backends that do nothing: one called by Dynamo alone, one by AOTAutograd. The
kernel itself is part of Hidet's time.
"""

import argparse
import gc
import importlib.util
import json
import pathlib
import statistics
import time
import types

import torch
from report import new_console, results_directory
from rich.table import Table
from torch._dynamo.backends.common import aot_autograd

CALLS = 200
WANTED_MICROSECONDS_OVER_DYNAMO = 3.0


def _sum_of_weights(self, x):
    for weight in self.weights:
        x = x + weight
    return x


def make_model(count):
    """Each model has a code object of its own: Dynamo keeps what it compiled by code object."""
    code = _sum_of_weights.__code__.replace()

    class SumOfWeights(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weights = torch.nn.ParameterList([torch.randn(16) for _ in range(count)])

        forward = types.FunctionType(code, globals())

    return SumOfWeights().eval()


def dynamo_alone(gm, example_inputs):
    """Returns a tensor that is there already."""
    del gm, example_inputs
    result = [torch.zeros(16)]
    return lambda *arguments: result


def dynamo_and_aot(gm, example_inputs):
    def compiler(gm, inputs):
        result = [torch.zeros(16)]

        def run(arguments):
            arguments.clear()
            return result

        run._boxed_call = True
        return run

    return aot_autograd(fw_compiler=compiler)(gm, example_inputs)


def measure(calls, x, rounds):
    """Median microseconds of a call, in blocks that take turns."""
    blocks = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(CALLS):
            call(x)
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(CALLS):
                call(x)
            blocks[name].append((time.perf_counter() - start) / CALLS * 1e6)
    gc.enable()
    return {name: statistics.median(values) for name, values in blocks.items()}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=pathlib.Path, default=results_directory() / "overhead.json")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    backends = {"Dynamo alone": dynamo_alone, "Dynamo and AOTAutograd": dynamo_and_aot}
    backends["inductor"] = "inductor"
    if importlib.util.find_spec("hidet_torch"):
        backends["hidet"] = "hidet"
    x = torch.randn(16)
    results = {}
    table = Table(title="microseconds of a call")
    for head in ["parameters", "eager", *backends]:
        table.add_column(head, justify="right")
    with torch.no_grad():
        for count in (1, 100):
            calls = {"eager": make_model(count)}
            for name, backend in backends.items():
                calls[name] = torch.compile(make_model(count), backend=backend)
            results[count] = measure(calls, x, arguments.rounds)
            table.add_row(str(count), *(f"{value:.1f}" for value in results[count].values()))
    console = new_console()
    console.print(table)
    for count, times in results.items():
        if "hidet" in times:
            over = times["hidet"] - times["Dynamo alone"]
            reached = over <= WANTED_MICROSECONDS_OVER_DYNAMO
            console.print(
                f"{count} parameters: {over:.1f} us over Dynamo alone, wanted "
                f"{WANTED_MICROSECONDS_OVER_DYNAMO:.0f}: {'reached' if reached else 'NOT REACHED'}"
            )
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    print(f"written: {arguments.json}")


if __name__ == "__main__":
    main()
