"""Compiled graphs on a GPU, with real launches; skipped where there is none."""

import copy
import pathlib
import sys

import pytest
import torch
from helpers import assert_as_accurate_as_eager, compile_strict
from test_cuda_target import Mixed

import hidet_torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent.parent / "benchmarks"))

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
NEVER = {"library": "never"}


def check(model, *inputs, factor=2.0, **keywords):
    """Compiled on the GPU, twice, against float64 there and eager."""
    model = model.eval().cuda()
    inputs = [x.cuda() for x in inputs]
    with torch.no_grad():
        eager = model(*inputs)
        double = [x.double() if x.is_floating_point() else x for x in inputs]
        reference = copy.deepcopy(model).double()(*double)
        compiled = compile_strict(model, options=NEVER, **keywords)
        for _ in range(2):
            for a, e, r in zip(*map(as_tuple, (compiled(*inputs), eager, reference)), strict=True):
                assert a.device.type == "cuda"
                assert_as_accurate_as_eager(a, e, r, factor)
    return compiled


def as_tuple(value):
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.parametrize("rows", [1, 16, 37, 128, 513])
def test_linear(rows):
    check(torch.nn.Linear(96, 161), torch.randn(rows, 96))


def test_every_template():
    check(Mixed(), torch.randn(2, 37, 48), factor=4.0)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("size", [16, 64, 80, 128, 256])
def test_attention(causal, size):
    class Attention(torch.nn.Module):
        def forward(self, q, k, v):
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)

    check(Attention(), *(torch.randn(2, 3, 67, size) for _ in range(3)), factor=4.0)


@pytest.mark.parametrize("length", [1, 16, 37, 128])
def test_models_of_any_length(length):
    pytest.importorskip("transformers")
    import zoo
    from transformers import BertConfig, BertModel

    config = BertConfig(
        hidden_size=96, num_hidden_layers=2, num_attention_heads=4, intermediate_size=160
    )
    ids = torch.randint(0, 30000, (2, length))
    model = zoo.LastHiddenState(BertModel(config, add_pooling_layer=False))
    check(model, ids, torch.ones_like(ids), factor=4.0, dynamic=True)


def test_a_step_of_training():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(48, 96), torch.nn.GELU(), torch.nn.LayerNorm(96), torch.nn.Linear(96, 48)
    ).cuda()
    x = torch.randn(33, 48, device="cuda")
    gradients = []
    for call in (compile_strict(model, options=NEVER), model):
        model.zero_grad(set_to_none=True)
        call(x).square().mean().backward()
        gradients.append([parameter.grad for parameter in model.parameters()])
    for ours, eager in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, eager, rtol=1e-4, atol=1e-6)


def test_a_stream_of_its_own_and_a_cuda_graph():
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.GELU()).eval().cuda()
    x = torch.randn(8, 64, device="cuda")
    compiled = compile_strict(model, options=NEVER)
    with torch.no_grad():
        expected = compiled(x)
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            aside = compiled(x)
        torch.cuda.current_stream().wait_stream(stream)
        torch.testing.assert_close(aside, expected)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            result = compiled(x)
        x.copy_(torch.randn_like(x))
        graph.replay()
        torch.testing.assert_close(result, compiled(x))


def test_a_changed_weight_is_seen():
    model = torch.nn.Linear(32, 32).eval().cuda()
    x = torch.randn(8, 32, device="cuda")
    compiled = compile_strict(model, options=NEVER)
    with torch.no_grad():
        for change in (lambda w: w.mul_(2), lambda w: w.copy_(torch.randn_like(w))):
            compiled(x)
            change(model.weight)
            torch.testing.assert_close(compiled(x), model(x), rtol=1e-4, atol=1e-4)
        model.weight.data[0, 0] += 1
        hidet_torch.refresh(model)
        torch.testing.assert_close(compiled(x), model(x), rtol=1e-4, atol=1e-4)


def test_numbers_and_tensors_of_the_cpu():
    def function(x, scale):
        return torch.where(x > 0, x, 0.5) * scale + torch.tensor(2.0)

    compiled = compile_strict(function, options=NEVER)
    x = torch.randn(5, 7, device="cuda")
    for scale in (torch.tensor(3.0), torch.tensor(4.0)):
        torch.testing.assert_close(compiled(x, scale), function(x, scale))


@pytest.mark.parametrize("shape", [(0, 4), (1, 1), (7, 13), (1021,)])
def test_odd_sizes_and_offsets(shape):
    def function(x):
        return torch.softmax(x * 2, -1), torch.exp(x).sum(0)

    compiled = compile_strict(function, options=NEVER)
    torch.testing.assert_close(compiled(x := torch.randn(shape, device="cuda")), function(x))
    storage = torch.randn(2000, device="cuda")
    count = torch.Size(shape).numel()
    moved = storage[1 : 1 + count].view(shape)  # no multiple of 16 bytes
    torch.testing.assert_close(compiled(moved), function(moved))
