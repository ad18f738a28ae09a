"""FX graphs as the graph builder sees them: a builder that only writes down what it is told."""

import pytest
import torch
from torch._dynamo.backends.common import aot_autograd

from hidet_torch.fx.lower import lower
from hidet_torch.fx.sizes import UnsupportedGraph


class RecordingBuilder:
    def __init__(self):
        self.symbols, self.inputs, self.integers, self.calls = [], [], [], []
        self.mutations, self.outputs = [], []
        self._next = 0

    def _id(self):
        self._next += 1
        return self._next - 1

    def symbol(self, name, lower, upper, hint):
        self.symbols.append((name, lower, upper, hint))
        return len(self.symbols) - 1

    def input(self, name, tensor, weight):
        self.inputs.append((tensor, weight))
        return self._id()

    def integer(self, symbol):
        self.integers.append(symbol)

    def call(self, name, arguments, results, node):
        self.calls.append((name, arguments, results))
        return [None if result is None else self._id() for result in results]

    def mutate(self, destination, source):
        self.mutations.append((destination, source))

    def output(self, value):
        self.outputs.append(value)


def lower_all(function, *inputs, dynamic=False):
    """The lowered inference graphs of one call."""
    found = []

    def compiler(gm, fake_inputs):
        found.append(lower(gm, RecordingBuilder()))

        def run(arguments):
            return list(torch.fx.Interpreter(gm).boxed_run(arguments))

        run._boxed_call = True
        return run

    torch._dynamo.reset()
    backend = aot_autograd(fw_compiler=compiler, keep_inference_input_mutations=True)
    with torch.no_grad():
        torch.compile(function, backend=backend, dynamic=dynamic, fullgraph=True)(*inputs)
    return found


def test_names_arguments_and_strides():
    [lowered] = lower_all(lambda x: torch.add(x.t(), 2.5, alpha=3), torch.ones(4, 6))
    names = [name for name, _, _ in lowered.builder.calls]
    assert names[-1] == "aten::add.Tensor"
    _name, arguments, results = lowered.builder.calls[-1]
    assert arguments[1:] == [2.5, 3]
    assert results == [("f32", [6, 4], [1, 6], "cpu")]
    assert lowered.results == [("tensor",)]


def test_defaults_are_filled_in():
    [lowered] = lower_all(lambda x: torch.clamp(x, min=1), torch.ones(3))
    assert lowered.builder.calls[-1][1] == [("tensor", 0), 1, None]


def test_symbolic_sizes():
    def function(x):
        return torch.cat([x, x]).reshape(-1)

    [lowered] = lower_all(function, torch.ones(5, 4), dynamic=True)
    names = ["s0", "s1"]
    assert len(lowered.builder.symbols) == 2
    assert sorted(lowered.builder.integers) == sorted(names)
    assert {symbol[3] for symbol in lowered.builder.symbols} == {5, 4}
    assert all(symbol[1] >= 2 for symbol in lowered.builder.symbols)
    shape = lowered.builder.calls[-1][2][0][1]
    assert isinstance(shape[0], str)
    assert all(name in shape[0] for name in names)


def test_several_results_lists_and_none():
    def function(x):
        values, indices = x.sort()
        first, second = x.chunk(2)
        return values, indices, first, second

    [lowered] = lower_all(function, torch.ones(4, 4))
    assert [r[0] for r in lowered.builder.calls[0][2]] == ["f32", "i64"]
    assert len(lowered.builder.outputs) >= 2


def test_mutation_is_no_call():
    def function(x, y):
        y.add_(x)
        return y * 2

    [lowered] = lower_all(function, torch.ones(3), torch.ones(3))
    assert len(lowered.builder.mutations) == 1
    assert not any("copy_" in name for name, _, _ in lowered.builder.calls)


def test_constants_follow_the_arguments():
    [lowered] = lower_all(lambda x: x * torch.tensor([1.0, 2.0, 3.0]), torch.ones(3))
    assert len(lowered.constants) == 1
    assert lowered.constants[0].tolist() == [1.0, 2.0, 3.0]
    assert lowered.builder.inputs[1] == (("f32", [3], [1], "cpu"), True)


def test_dtypes_without_a_name_of_ours():
    [lowered] = lower_all(lambda x: torch.fft.irfft(torch.fft.rfft(x)), torch.ones(3, 8))
    assert "opaque" in [result[0] for _, _, results in lowered.builder.calls
                           for result in results]  # fmt: skip


def test_what_a_plan_cannot_hold_has_a_reason():
    def function(x):
        return torch.cond(x.sum() > 0, lambda x: x + 1, lambda x: x - 1, (x,))

    with pytest.raises(Exception, match=r"\S") as caught:
        lower_all(function, torch.ones(3))
    error = caught.value
    error = getattr(error, "inner_exception", error)
    assert isinstance(error, UnsupportedGraph)
    assert str(error)
