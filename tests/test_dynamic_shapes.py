"""One graph serves many sizes; the compiler adds no guard of its own."""

import pytest
import torch
from helpers import STRICT
from torch._dynamo.testing import CompileCounterWithBackend


def count_graphs(backend_name, function, inputs, **keywords):
    torch._dynamo.reset()
    counter = CompileCounterWithBackend(backend_name)
    compiled = torch.compile(function, backend=counter, **keywords)
    with torch.no_grad():
        results = [compiled(*values) for values in inputs]
    return counter.frame_count, results


def rows_and_columns(x):
    return torch.softmax(x, dim=-1).reshape(-1) * x.shape[0]


def concatenated(x):
    return torch.cat([x, x * 2], dim=1).transpose(0, 1)


def strided(x):
    return x[:, ::2] + 1, x.expand(3, *x.shape).sum(0)


def halves(x):
    return x[: x.shape[0] // 2] + 1


@pytest.mark.parametrize("function", [rows_and_columns, concatenated, strided, halves])
def test_as_few_graphs_as_eager(function):
    sizes = [(4, 6), (5, 6), (9, 6), (9, 11), (30, 17), (64, 2), (1, 6)]
    inputs = [(torch.randn(*size),) for size in sizes]
    frames, results = count_graphs("hidet", function, inputs)
    eager_frames, _ = count_graphs("eager", function, inputs)
    assert frames == eager_frames
    for values, result in zip(inputs, results, strict=True):
        torch.testing.assert_close(result, function(*values))


def test_dynamic_training():
    model = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh(), torch.nn.LayerNorm(5))
    compiled = torch.compile(model, backend="hidet", dynamic=True, options=STRICT)
    for rows in (3, 8, 5, 40):
        x = torch.randn(rows, 6)
        gradients = []
        for run in (compiled, model):
            model.zero_grad()
            run(x).pow(2).sum().backward()
            gradients.append([p.grad.clone() for p in model.parameters()])
        torch.testing.assert_close(*gradients)


def test_two_symbols_and_an_integer_argument():
    def function(x, y, n):
        return (x.sum(0) + y) * n

    compiled = torch.compile(function, backend="hidet", dynamic=True, options=STRICT)
    with torch.no_grad():
        for rows, columns, n in ((3, 4, 5), (6, 9, 7), (2, 4, 11)):
            x, y = torch.randn(rows, columns), torch.randn(columns)
            torch.testing.assert_close(compiled(x, y, n), function(x, y, n))


def test_float_argument():
    def function(x, scale):
        return x * scale + 1

    compiled = torch.compile(function, backend="hidet", options=STRICT)
    with torch.no_grad():
        for scale in (1.5, 2.5, 3.25):
            x = torch.randn(3)
            torch.testing.assert_close(compiled(x, scale), function(x, scale))


class Positions(torch.nn.Module):
    """What is computed from weights alone, but for a number of rows, or from a row, of the call."""

    def __init__(self):
        super().__init__()
        self.register_buffer("rows", torch.arange(64)[None])
        self.table = torch.nn.Embedding(64, 8)

    def forward(self, x):
        length = x.shape[1]
        two = self.table.weight[length : length + 2] * 2
        return x + self.table(self.rows[:, :length]), two + x.sum(), two * length


def test_weights_cut_to_a_size_of_the_call():
    model = Positions().eval()
    compiled = torch.compile(model, backend="hidet", dynamic=True, options=STRICT)
    with torch.no_grad():
        for length in (5, 9, 40):
            x = torch.randn(3, length, 8)
            for found, expected in zip(compiled(x), model(x), strict=True):
                torch.testing.assert_close(found, expected)


class Norms(torch.nn.Module):
    """One kernel inside of the graph and at its border, where strides are arguments, too."""

    def __init__(self):
        super().__init__()
        self.linear, self.norm = torch.nn.Linear(16, 16), torch.nn.LayerNorm(16)

    def forward(self, x):
        return self.norm(self.linear(self.norm(self.linear(x))))


def test_kernels_of_one_text_with_other_arguments():
    model = Norms().eval()
    compiled = torch.compile(model, backend="hidet", options=STRICT)
    x = torch.randn(1, 5, 16)
    torch._dynamo.mark_dynamic(x, 1)
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), model(x))
