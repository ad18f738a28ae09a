"""Graphs compiled for a GPU and run whole on the CPU: every kernel from its CUDA text, checked."""

import pytest
import torch
from helpers import assert_as_accurate_as_eager, check_model, compile_strict
from test_cuda_target import Mixed

EMULATED = {"target": "sm_80", "execute": "emulate"}


def test_every_template():
    model = Mixed().eval()
    x = torch.randn(2, 37, 48)
    with torch.no_grad():
        eager = model(x)
        actual = compile_strict(model, options=EMULATED)(x)
        reference = model.double()(x.double())
    for one, of_eager, wanted in zip(actual, eager, reference, strict=True):
        assert_as_accurate_as_eager(one, of_eager, wanted)


@pytest.mark.parametrize("rows", [1, 7, 64])
def test_a_small_network(rows):
    model = torch.nn.Sequential(
        torch.nn.Linear(19, 40), torch.nn.GELU(), torch.nn.LayerNorm(40), torch.nn.Linear(40, 5)
    )
    check_model(model, torch.randn(rows, 19), options=EMULATED)


def test_a_training_step():
    def step(model, x, target):
        loss = torch.nn.functional.mse_loss(model(x), target)
        loss.backward()
        return loss

    model = torch.nn.Sequential(
        torch.nn.Linear(24, 48), torch.nn.GELU(), torch.nn.LayerNorm(48), torch.nn.Linear(48, 8)
    )
    x, target = torch.randn(33, 24), torch.randn(33, 8)
    double = [value.double() for value in model.parameters()]
    loss = step(compile_strict(model, options=EMULATED), x, target)
    gradients = [value.grad.clone() for value in model.parameters()]
    model.zero_grad()
    reference = step(model.double(), x.double(), target.double())
    assert double[0].dtype == torch.float64
    torch.testing.assert_close(loss.double(), reference, rtol=1e-5, atol=1e-6)
    for gradient, parameter in zip(gradients, model.parameters(), strict=True):
        torch.testing.assert_close(gradient.double(), parameter.grad, rtol=1e-4, atol=1e-5)


class Lookup(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(10, 16)

    def forward(self, index):
        return self.table(index) * 2


def test_an_embedding_and_an_index_out_of_range():
    model = Lookup().eval()
    compiled = compile_strict(model, options=EMULATED)
    with torch.no_grad():
        index = torch.tensor([[1, 9, 0], [4, 4, 2]])
        torch.testing.assert_close(compiled(index), model(index))
        with pytest.raises(IndexError):
            compiled(torch.tensor([[1, 10, 0], [4, 4, 2]]))


def test_half_precision():
    model = torch.nn.Sequential(torch.nn.Linear(32, 24), torch.nn.ReLU()).bfloat16().eval()
    x = torch.randn(5, 32).bfloat16()
    with torch.no_grad():
        actual = compile_strict(model, options=EMULATED)(x)
        reference = model.double()(x.double())
    torch.testing.assert_close(actual.double(), reference, rtol=1e-2, atol=1e-2)
