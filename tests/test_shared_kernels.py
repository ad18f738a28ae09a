"""Graphs that are traced anew for a size of 1 run the kernels of the general graph."""

import copy

import pytest
import torch
from helpers import STRICT, assert_as_accurate_as_eager

import hidet_torch.compile


@pytest.fixture
def options(tmp_path):
    """Of a cache folder that no kernel is in."""
    torch._dynamo.reset()
    return {**STRICT, "cache_dir": str(tmp_path)}


@pytest.fixture
def reports():
    """Of the graphs compiled since the test began."""
    found = []

    def add(call):
        found.append(call.report)

    hidet_torch.compile.listeners.append(add)
    yield found
    hidet_torch.compile.listeners.remove(add)


def bert():
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=50,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        max_position_embeddings=64,
    )
    return transformers.BertModel(config, add_pooling_layer=False).eval()


def check(model, reference, compiled, batch, length):
    ids = torch.randint(0, 50, (batch, length))
    mask = torch.ones_like(ids)
    mask[0, length // 2 + 1 :] = 0
    result, eager, exact = (
        m(input_ids=ids, attention_mask=mask).last_hidden_state
        for m in (compiled, model, reference)
    )
    assert_as_accurate_as_eager(result[mask.bool()], eager[mask.bool()], exact[mask.bool()])
    assert result.stride() == eager.stride()


SIZES_OF_ONE = [(1, 1), (1, 7), (3, 1), (3, 7), (5, 64), (1, 64), (8, 1)]


@pytest.mark.parametrize(
    ("first", "order"),
    [([(2, 16), (3, 20)], 1), ([(1, 16), (1, 20), (4, 9)], -1), ([(8, 8), (9, 9)], 1)],
)
def test_no_new_kernel_after_the_general_graph(options, reports, first, order):
    model = bert()
    reference = copy.deepcopy(model).double()
    compiled = torch.compile(model, backend="hidet", options=options)
    with torch.no_grad():
        for batch, length in first:
            check(model, reference, compiled, batch, length)
        known = {kernel["key"] for report in reports for kernel in report["kernels"]}
        assert known
        assert reports[-1]["compiled_kernels"] > 0
        general = len(reports)
        for batch, length in SIZES_OF_ONE[::order]:
            check(model, reference, compiled, batch, length)
    special = reports[general:]
    assert len(special) >= 2
    assert [report["compiled_kernels"] for report in special] == [0] * len(special)
    assert not [report["aten_calls"] for report in special if report["aten_calls"]]
    for report in special:
        assert {kernel["key"] for kernel in report["kernels"]} <= known


def test_a_second_process_finds_the_plans(options, reports):
    """Dynamo traces again: what was compiled as a general graph is in the cache by its own key."""
    model = bert()
    reference = copy.deepcopy(model).double()
    with torch.no_grad():
        for _ in range(2):
            torch._dynamo.reset()
            compiled = torch.compile(model, backend="hidet", options=options)
            for batch, length in [(2, 16), (3, 20), (1, 7), (1, 1)]:
                check(model, reference, compiled, batch, length)
    assert [report["from_cache"] for report in reports] == [False] * 4 + [True] * 4


def test_training(options, reports):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.GELU(), torch.nn.LayerNorm(5))
    reference = copy.deepcopy(model).double()
    compiled = torch.compile(model, backend="hidet", options=options)
    for rows in (3, 8, 1, 4):
        x, weights = torch.randn(rows, 6), torch.randn(rows, 5)
        gradients = []
        for run, owner in ((compiled, model), (model, model), (reference, reference)):
            owner.zero_grad()
            dtype = next(owner.parameters()).dtype
            (run(x.to(dtype)) * weights).sum().backward()
            gradients.append([p.grad.clone() for p in owner.parameters()])
        for ours, eager, exact in zip(*gradients, strict=True):
            assert_as_accurate_as_eager(ours, eager, exact)
        if rows == 8:
            general = len(reports)
    special = reports[general:]
    assert len(special) == 2  # forward and backward of one row
    assert [report["compiled_kernels"] for report in special] == [0, 0]


def test_sizes_views_and_arguments_among_the_results(options):
    def function(x, y):
        wide = x + y
        x.mul_(2)
        return wide, wide.shape[0], wide.transpose(0, 1), x[:, 1:], wide.view(-1), y

    compiled = torch.compile(function, backend="hidet", options=options)
    with torch.no_grad():
        for rows, columns in ((3, 4), (5, 6), (1, 4), (7, 2), (1, 9)):
            x, y = torch.randn(rows, columns), torch.randn(columns)
            mine, other = x.clone(), x.clone()
            torch.testing.assert_close(compiled(mine, y), function(other, y))
            torch.testing.assert_close(mine, other)


def test_a_size_of_one_that_broadcasts(options):
    def function(x, y):
        return torch.softmax(x * 2 + y, -1)

    compiled = torch.compile(function, backend="hidet", options=options)
    with torch.no_grad():
        for left, right in ((3, 3), (5, 5), (1, 5), (5, 1), (1, 1), (6, 6)):
            x, y = torch.randn(left, 9), torch.randn(right, 9)
            torch.testing.assert_close(compiled(x, y), function(x, y))
