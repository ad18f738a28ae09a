"""A call costs little more than with a backend that does nothing."""

import gc
import time

import pytest
import torch
from helpers import compile_strict
from torch._dynamo.backends.common import aot_autograd

pytestmark = pytest.mark.alone

# Generous: the machine of the tests is shared. benchmarks/overhead.py measures the real figure.
ALLOWED_MICROSECONDS = 12.0


class ManyParameters(torch.nn.Module):
    def __init__(self, count):
        super().__init__()
        self.weights = torch.nn.ParameterList(
            [torch.nn.Parameter(torch.randn(16)) for _ in range(count)]
        )

    def forward(self, x):
        for weight in self.weights:
            x = x + weight
        return x


def no_operation(gm, example_inputs):
    """AOTAutograd around a function that returns its last argument."""

    def compiler(gm, inputs):
        def run(arguments):
            last = arguments[-1]
            arguments.clear()
            return [last]

        run._boxed_call = True
        return run

    return aot_autograd(fw_compiler=compiler)(gm, example_inputs)


def microseconds(call):
    for _ in range(200):
        call()
    best = float("inf")
    for _ in range(15):
        start = time.perf_counter()
        for _ in range(200):
            call()
        best = min(best, (time.perf_counter() - start) / 200)
    return best * 1e6


@pytest.mark.parametrize("count", [1, 100])
def test_overhead_over_a_backend_that_does_nothing(count):
    model = ManyParameters(count).eval()
    x = torch.randn(16)
    gc.collect()
    with torch.no_grad():
        torch._dynamo.reset()
        nothing = torch.compile(model, backend=no_operation)
        floor = microseconds(lambda: nothing(x))
        compiled = compile_strict(model)
        ours = microseconds(lambda: compiled(x))
    assert ours - floor <= ALLOWED_MICROSECONDS, (ours, floor)
