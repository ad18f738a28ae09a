"""fp16 and bf16: stored narrow, computed in fp32."""

import copy

import pytest
import torch
from helpers import assert_as_accurate_as_eager, compile_strict

HALVES = [torch.bfloat16, torch.float16]


def chain(x, y):
    return (x * y + x - y) * x


def _error(actual, reference):
    return (actual.double() - reference).pow(2).mean().sqrt().item()


@pytest.mark.parametrize("dtype", HALVES)
def test_intermediate_results_stay_wide(dtype):
    x, y = torch.randn(64, 33).to(dtype), torch.randn(64, 33).to(dtype)
    reference = chain(x.double(), y.double())
    actual = compile_strict(chain)(x, y)
    assert actual.dtype == dtype
    # One rounding, of the result.
    torch.testing.assert_close(actual, reference.to(dtype), rtol=0, atol=0)
    assert _error(actual, reference) < 0.8 * _error(chain(x, y), reference)


@pytest.mark.parametrize("dtype", HALVES)
def test_round_like_eager(dtype):
    x, y = torch.randn(64, 33).to(dtype), torch.randn(64, 33).to(dtype)
    actual = compile_strict(chain, options={"round_like_eager": True})(x, y)
    torch.testing.assert_close(actual, chain(x, y), rtol=0, atol=0)


@pytest.mark.parametrize("dtype", HALVES)
def test_what_sees_the_rounding_sees_it(dtype):
    def function(x, y):
        product = x * y
        return product.float() * 3, product > x, torch.floor(product), product

    x, y = torch.randn(40, 17).to(dtype), torch.randn(40, 17).to(dtype)
    for actual, expected in zip(compile_strict(function)(x, y), function(x, y), strict=True):
        torch.testing.assert_close(actual, expected, rtol=0, atol=0)


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.TransformerEncoderLayer(
            64, 2, 128, dropout=0.0, activation="gelu", batch_first=True
        )

    def forward(self, x):
        return self.layer(x)


@pytest.mark.parametrize("dtype", HALVES)
def test_a_transformer_block(dtype):
    from hidet_torch.explanation import compile_and_listen

    block = Block().train()  # inference has a kernel of its own in PyTorch
    narrow = copy.deepcopy(block).to(dtype)
    wide = copy.deepcopy(narrow).double()
    x = torch.randn(2, 21, 64).to(dtype)
    with torch.no_grad():
        actual, graphs = compile_and_listen(narrow, (x,), options={"strict": True})
        assert_as_accurate_as_eager(actual, narrow(x), wide(x.double()), factor=1.5)
    assert not [call["name"] for graph in graphs for call in graph.report["aten_calls"]]
