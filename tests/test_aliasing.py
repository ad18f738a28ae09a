"""Inputs that are written, returned, or returned as views; results that are views of each other."""

import pytest
import torch
from helpers import compile_strict


def run_both(function, make, **keywords):
    """(inputs and results of eager, the same of the compiled function)."""
    collected = []
    for run in (function, compile_strict(function, **keywords)):
        torch.manual_seed(1)
        inputs = make()
        collected.append((inputs, run(*inputs)))
    return collected


def check(function, make, **keywords):
    (eager_inputs, expected), (inputs, actual) = run_both(function, make, **keywords)
    torch.testing.assert_close(actual, expected)
    torch.testing.assert_close(inputs, eager_inputs)
    return inputs, actual


def two():
    return [torch.randn(4, 6), torch.randn(4, 6)]


def write_one(x, y):
    y.add_(x)
    return y * 2


def write_and_return(x, y):
    x.mul_(y)
    return x


def write_through_a_view(x, y):
    x[1:3].copy_(y[:2] + 1)
    return x.sum()


def swap(x, y):
    old = x.clone()
    x.copy_(y)
    y.copy_(old)
    return x + y


def write_twice(x, y):
    x.add_(1)
    z = x * y
    x.mul_(2)
    return z


def reverse_in_place(x, y):
    x.copy_(x.flip(0))
    return y + x


@pytest.mark.parametrize(
    "function",
    [write_one, write_and_return, write_through_a_view, swap, write_twice, reverse_in_place],
)
def test_written_inputs(function):
    check(function, two)


def test_a_written_input_changes_its_version():
    x, y = two()
    before = y._version
    with torch.no_grad():
        compile_strict(write_one)(x, y)
    assert y._version > before


def test_written_input_is_returned_itself():
    inputs, actual = check(write_and_return, two)
    assert actual.data_ptr() == inputs[0].data_ptr()


def test_views_of_inputs_stay_views():
    inputs, (view, other) = check(lambda x, y: (x.view(-1), y.t()), two)
    assert view.data_ptr() == inputs[0].data_ptr()
    view[0] = 5.0
    assert inputs[0][0, 0] == 5.0
    assert other.data_ptr() == inputs[1].data_ptr()


def test_results_that_are_views_of_each_other():
    def function(x, y):
        z = x + y
        return z, z.t(), z[1], z.view(-1)

    _, (whole, transposed, row, flat) = check(function, two)
    assert whole.data_ptr() == transposed.data_ptr() == flat.data_ptr()
    whole[1, 0] = 9.0
    assert row[0] == 9.0
    assert flat[6] == 9.0


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: x.clone(),
        lambda x, y: (x.clone(), x.clone()),
        lambda x, y: torch.cat([x]),
        lambda x, y: (x + y, x + y),
        lambda x, y: x.to(torch.float64).to(torch.float32),
    ],
)
def test_results_are_memory_of_their_own(function):
    inputs, actual = check(function, two)
    actual = actual if isinstance(actual, tuple) else (actual,)
    addresses = [value.data_ptr() for value in [*inputs, *actual]]
    assert len(set(addresses)) == len(addresses)


def test_what_was_copied_before_a_write_is_old():
    def function(x, y):
        old = x.clone()
        x.add_(1)
        return old, y * old

    check(function, two)


def test_weights_are_not_results():
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.randn(6, 6))

        def forward(self, x):
            return self.weight.clone(), self.weight.t().contiguous(), x @ self.weight

    model = Model().eval()
    x = torch.randn(4, 6)
    compiled = compile_strict(model)
    with torch.no_grad():
        for _ in range(2):
            results = compiled(x)
            torch.testing.assert_close(results, model(x))
            for result in results:
                result.zero_()


def test_the_same_result_twice():
    check(lambda x, y: (x + y, x + y, x * y), two)


def test_the_same_tensor_as_two_inputs():
    x = torch.randn(4, 6)
    compiled = compile_strict(write_one)
    a, b = x.clone(), x.clone()
    torch.testing.assert_close(compiled(a, a), write_one(b, b))
    torch.testing.assert_close(a, b)


def test_inputs_that_overlap():
    def make():
        base = torch.randn(10)
        return [base[:6], base[2:8]]

    check(lambda x, y: x.add_(1) + y, make)


def test_results_are_not_written_by_the_next_call():
    compiled = compile_strict(lambda x, y: (torch.exp(x) + y, x @ y.t()))
    first = compiled(*two())
    kept = [value.clone() for value in first]
    compiled(*[value + 3 for value in two()])
    torch.testing.assert_close(list(first), kept)


def test_saved_tensors_survive_a_second_forward():
    model = torch.nn.Sequential(torch.nn.Linear(6, 6), torch.nn.Tanh(), torch.nn.Linear(6, 6))
    compiled = compile_strict(model)
    x, y = torch.randn(3, 6), torch.randn(3, 6)
    first = compiled(x).sum()
    second = compiled(y).sum()
    first.backward()
    second.backward()
    gradients = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    (model(x).sum() + model(y).sum()).backward()
    torch.testing.assert_close(gradients, [p.grad for p in model.parameters()])


def test_a_written_buffer_of_a_module():
    class Counter(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("calls", torch.zeros((), dtype=torch.int64))
            self.register_buffer("mean", torch.zeros(6))

        def forward(self, x):
            self.calls.add_(1)
            self.mean.lerp_(x.mean(0), 0.1)
            return x - self.mean

    eager, model = Counter(), Counter()
    compiled = compile_strict(model)
    with torch.no_grad():
        for _ in range(3):
            x = torch.randn(4, 6)
            torch.testing.assert_close(compiled(x), eager(x))
    assert model.calls.item() == 3
    torch.testing.assert_close(model.mean, eager.mean)


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_elements_that_only_pytorch_knows_are_written_whole(dtype):
    def function(x, y):
        x.mul_(2j)
        return x + y

    def make():
        return [torch.randn(5, 6, dtype=dtype), torch.randn(6, dtype=dtype)]

    with torch.no_grad():
        check(function, make)
