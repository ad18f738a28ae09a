"""Kernels and accuracy of whole models."""

import collections
import copy
import pathlib
import sys

import pytest
import torch
from helpers import STRICT, assert_as_accurate_as_eager, compile_strict

from hidet_torch import compile as compile_module
from hidet_torch.explanation import compile_and_listen

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "benchmarks"))
import zoo

transformers = pytest.importorskip("transformers")

# What the layers of a transformer are made of; the rest is to ride along.
LAYER_KERNELS = {"matmul_packed", "attention_blocks", "rowwise"}


def _launches(model, inputs, **keywords):
    """(launches a call by (template, symbol), distinct kernels, names of ATen calls)."""
    with torch.no_grad():
        _, graphs = compile_and_listen(model, inputs, options=STRICT, **keywords)
    launches, keys, aten = collections.Counter(), set(), []
    for graph in graphs:
        assert not graph.problem
        for kernel in graph.report["kernels"]:
            keys.add(kernel["key"])
            launches[kernel["template"], kernel["symbol"]] += kernel["launches"]
        aten += [call["name"] for call in graph.report["aten_calls"]]
    return {name: count for name, count in launches.items() if count}, keys, aten


LAYER_NORM = ("rowwise", "sum_div_sub_mul_sum_div_add_rsqrt_mul_add_f32")


def test_kernels_of_minilm():
    model, inputs = zoo.minilm(24)
    launches, keys, aten = _launches(model, inputs)
    assert aten == []
    layers = 6
    assert launches[LAYER_NORM] == 2 * layers + 1
    assert launches["attention_blocks", "attention_f32"] == layers
    # Query, key and value as one, and the two that end in a residual.
    assert launches["matmul_packed", "matmul_add_f32"] == 3 * layers
    assert launches["matmul_packed", "matmul_add_gelu_erf_f32"] == layers
    others = sum(launches.values()) - (7 * layers + 1)
    assert others <= 1, launches  # the mask, once for all layers
    assert len(keys) <= 20


def _two_layers(kind):
    if kind == "bert":
        config = transformers.BertConfig(num_hidden_layers=2)
        model = transformers.BertModel(config, add_pooling_layer=False).eval()
        return zoo.LastHiddenState(model).eval()
    config = transformers.GPT2Config(n_layer=2)
    return zoo.Logits(transformers.GPT2LMHeadModel(config).eval()).eval()


def _tokens(kind, length):
    ids = torch.randint(1000, 20000, (1, length))
    return (ids, torch.ones_like(ids)) if kind == "bert" else (ids,)


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_nothing_is_left_beside_the_matmuls(kind):
    torch.manual_seed(0)
    launches, keys, aten = _launches(_two_layers(kind), _tokens(kind, 24))
    # Positions are counted by PyTorch.
    assert aten == ([] if kind == "bert" else ["aten::cumsum"])
    in_layers = sum(n for (template, _), n in launches.items() if template in LAYER_KERNELS)
    # Per layer four products, an attention, two norms. Norm of the embedding; last norm, head.
    assert in_layers == 2 * 7 + (1 if kind == "bert" else 2)
    # The mask, once for all layers.
    others = {symbol for template, symbol in launches if template not in LAYER_KERNELS}
    assert others <= {"where_f32", "ne_b8"}
    assert len(keys) <= 20


class TwoLayers(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(96, 160)
        self.norm = torch.nn.LayerNorm(160)
        self.second = torch.nn.Linear(160, 80)

    def forward(self, x):
        return self.second(self.norm(torch.nn.functional.gelu(self.first(x))))


def _train(model, call, x, target, steps=5):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(call(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, [parameter.detach().clone() for parameter in model.parameters()]


def test_a_training_step_is_generated_whole():
    graphs = []
    compile_module.listeners.append(graphs.append)
    try:
        compiled = compile_strict(TwoLayers())
        compiled(torch.randn(40, 96, requires_grad=True)).square().mean().backward()
    finally:
        compile_module.listeners.remove(graphs.append)
    assert [graph.kind for graph in graphs] == ["forward", "backward"]
    launches = collections.Counter()
    for graph in graphs:
        assert graph.report["aten_calls"] == []
        for kernel in graph.report["kernels"]:
            launches[kernel["template"]] += kernel["launches"]
    # Two products forward; backward two for each layer. Each packs the operand that it walks along.
    assert launches["matmul_packed"] >= 6
    # GELU's gradient and the norm's ride along with products and row kernels.
    assert launches["pointwise"] == 0, launches


def test_training_follows_float64():
    model = TwoLayers()
    wide = copy.deepcopy(model).double()
    eager = copy.deepcopy(model)
    x, target = torch.randn(40, 96), torch.randn(40, 80)
    losses, weights = _train(model, compile_strict(model), x, target)
    _, eager_weights = _train(eager, eager, x, target)
    wide_losses, wide_weights = _train(wide, wide, x.double(), target.double())
    torch.testing.assert_close(
        torch.tensor(losses, dtype=torch.float64),
        torch.tensor(wide_losses, dtype=torch.float64),
        rtol=1e-5,
        atol=0,
    )
    for ours, theirs, reference in zip(weights, eager_weights, wide_weights, strict=True):
        assert_as_accurate_as_eager(ours, theirs, reference)


LENGTHS = [1, 16, 37, 128, pytest.param(512, marks=pytest.mark.full)]


@pytest.mark.parametrize("length", LENGTHS)
def test_minilm_is_as_accurate_as_eager(length):
    model, inputs = zoo.minilm(length)
    ids, mask = inputs
    if length > 2:
        mask = mask.clone()
        mask[:, -length // 3 :] = 0
    with torch.no_grad():
        actual = compile_strict(model)(ids, mask)
        eager = model(ids, mask)
        reference = copy.deepcopy(model).double()(ids, mask)
    assert_as_accurate_as_eager(actual, eager, reference)
