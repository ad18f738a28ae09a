"""The mask of padded sequences, as models build it from positions and comparisons of them."""

import re

import pytest
import torch
from helpers import STRICT


class PaddedAttention(torch.nn.Module):
    """`valid`: 1 where a key exists. `causal`: a query sees itself and the keys before it."""

    def __init__(self, causal):
        super().__init__()
        self.causal = causal
        self.projection = torch.nn.Linear(32, 96)

    def forward(self, x, valid):
        batch, length = valid.shape
        positions = torch.arange(length) + 0
        queries, keys = positions[None, None, :, None], positions[None, None, None, :]
        rows = torch.arange(batch)[:, None, None, None]
        seen = queries >= keys if self.causal else queries >= 0
        allowed = torch.ones((), dtype=torch.bool) & seen & valid.bool()[rows, keys]
        q, k, v = self.projection(x).reshape(batch, length, 3, 2, 16).permute(2, 0, 3, 1, 4)
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed)


def check(compiled, model, batch, length):
    valid = torch.ones(batch, length, dtype=torch.long)
    valid[-1, length // 2 + 1 :] = 0
    x = torch.randn(batch, length, 32)
    with torch.no_grad():
        torch.testing.assert_close(compiled(x, valid), model(x, valid))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dynamic", [False, True])
def test_padding(causal, dynamic):
    torch.manual_seed(0)
    torch._dynamo.reset()
    model = PaddedAttention(causal).eval()
    compiled = torch.compile(model, backend="hidet", dynamic=dynamic, options=STRICT)
    for batch, length in ((2, 40), (3, 33), (2, 7)) if dynamic else ((2, 40),):
        check(compiled, model, batch, length)


@pytest.mark.parametrize("dynamic", [False, True])
def test_the_mask_is_not_repeated_for_each_query(dynamic, tmp_path):
    torch.manual_seed(0)
    torch._dynamo.reset()
    model = PaddedAttention(causal=False).eval()
    options = {**STRICT, "dump": str(tmp_path)}
    compiled = torch.compile(model, backend="hidet", dynamic=dynamic, options=options)
    check(compiled, model, 2, 40)
    graph = (tmp_path / "graph_0" / "2_optimized.graph").read_text()
    selections = re.findall(r": f32\[([^]]*)\] = where\(", graph)
    length = re.search(r"%\d+: i64\[[^,]*, ([^]]*)\]", graph).group(1)
    assert selections
    assert [s.split(", ")[1:] for s in selections] == [["1", "1", length]] * len(selections)
    assert not re.search(r" = (ge|logical_and)\(", graph)
