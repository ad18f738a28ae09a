"""Graphs that Dynamo calls itself: those around which AOTAutograd's wrapper has nothing to do."""

import pytest
import torch
from helpers import STRICT

import hidet_torch.backend
import hidet_torch.direct_call


@pytest.fixture
def directs(monkeypatch):
    """For each inference graph that is compiled, whether it is called directly."""
    found = []

    def listen(*arguments):
        found.append(hidet_torch.direct_call.direct_call(*arguments))
        return found[-1]

    monkeypatch.setattr(hidet_torch.backend, "direct_call", listen)
    torch._dynamo.reset()
    return found


def compiled(function, **keywords):
    return torch.compile(function, backend="hidet", options=STRICT, **keywords)


def scaled(x, y):
    return torch.relu(x) * y, x + 1


def test_a_plain_graph_is_called_directly(directs):
    x, y = torch.randn(4, 6), torch.randn(6)
    call = compiled(scaled)
    for _ in range(2):
        torch.testing.assert_close(call(x, y), scaled(x, y))
    [direct] = directs
    torch.testing.assert_close(tuple(direct(x, y)), scaled(x, y))
    with pytest.raises(TypeError, match="2 arguments"):
        direct(x)
    with pytest.raises(TypeError, match="keyword"):
        direct(x, y=y)
    with pytest.raises(TypeError, match="argument 1"):
        direct(x, "y")
    with pytest.raises(ValueError, match="size"):
        direct(torch.randn(5, 6), y)


def written(x, y):
    x.add_(1)
    return x * y


def viewed(x, y):
    return x.view(-1), x * y


def sorted_first(x, y):
    return torch.sort(x)[0] * y


@pytest.mark.parametrize("function", [written, viewed, sorted_first])
def test_what_the_wrapper_has_to_do_is_done(directs, function):
    x, y = torch.randn(4, 6), torch.randn(6)
    ours, theirs = x.clone(), x.clone()
    actual, expected = compiled(function)(ours, y), function(theirs, y)
    torch.testing.assert_close(actual, expected)
    torch.testing.assert_close(ours, theirs)
    if function is viewed:
        assert actual[0].data_ptr() == ours.data_ptr()
    assert directs == [None]


def test_sizes_that_vary_are_marked_for_the_next_graph(directs):
    call = compiled(scaled, dynamic=True)
    for rows in (4, 7):
        x, y = torch.randn(rows, 6), torch.randn(6)
        torch.testing.assert_close(call(x, y), scaled(x, y))
    assert directs == [None]


def test_an_input_is_given_back_itself(directs):
    x, y = torch.randn(4, 6), torch.randn(6)
    same, product = compiled(lambda x, y: (x, x * y))(x, y)
    assert same is x
    torch.testing.assert_close(product, x * y)
    [direct] = directs
    assert direct


def test_results_want_no_gradient(directs):
    weight = torch.nn.Parameter(torch.randn(6))

    def function(x):
        with torch.no_grad():
            return x * weight

    x = torch.randn(4, 6)
    for _ in range(2):
        actual = compiled(function)(x)
        torch.testing.assert_close(actual, function(x))
        assert not actual.requires_grad
    assert torch.is_grad_enabled()
    assert len(directs) == 1


def test_one_input_given_twice(directs):
    x = torch.randn(6)
    torch.testing.assert_close(compiled(scaled)(x, x), scaled(x, x))
    [direct] = directs
    assert direct


def test_a_list_as_an_input_of_the_backend():
    graph = torch.fx.symbolic_trace(lambda tensors: (tensors[0] * 2,))
    x = torch.randn(6)
    [actual] = hidet_torch.backend.hidet(graph, [[x]])([x])
    torch.testing.assert_close(actual, x * 2)


def test_parameters_that_are_not_inputs_of_the_backend():
    class Linear(torch.nn.Linear):
        def forward(self, x):
            return (super().forward(x),)

    graph = torch.fx.symbolic_trace(Linear(6, 5))
    x = torch.randn(4, 6)
    with torch.no_grad():
        [actual] = hidet_torch.backend.hidet(graph, [x])(x)
        torch.testing.assert_close(actual, graph(x)[0])


def test_autocast_is_of_the_graph(directs):
    model = torch.nn.Linear(6, 5).eval()
    x = torch.randn(4, 6)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        actual, expected = compiled(model)(x), model(x)
    assert actual.dtype == expected.dtype == torch.bfloat16
    torch.testing.assert_close(actual, expected)
    assert len(directs) == 1
