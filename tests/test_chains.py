"""Long chains of operators that use a value twice: compiling takes time by their length."""

import faulthandler

import pytest
import torch
import torch.nn.functional as F
from helpers import STRICT

LENGTH = 40


def polynomial(x):
    return x * x * 0.5 - x * 0.3


def rolled(x):
    return x + torch.roll(x, 1, -1) * 0.5


def flipped(x):
    return x + x.flip(-1) * 0.25


def joined(x):
    return torch.cat([x[..., :3], x[..., 3:] * 0.5 + x[..., :-3]], -1)


def padded(x):
    return F.pad(x[..., 1:], (1, 0)) + x * 0.5


def chosen_by_value(x):
    return torch.where(x > 0.1, x * 1.1, torch.expm1(x))


def chosen_by_place(x):
    place = torch.arange(x.shape[-1])
    for k in range(4):
        x = torch.where(place > k, x * 1.01, x - 0.01)
    return x


def transposed(x):
    return x + x.transpose(-1, -2) * 0.5


@pytest.fixture(autouse=True)
def patience():
    """A compiler that never ends would hold up everything."""
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize(
    "step",
    [
        polynomial,
        rolled,
        flipped,
        joined,
        padded,
        chosen_by_value,
        chosen_by_place,
        transposed,
    ],
)
@pytest.mark.parametrize("target", ["auto", "sm_80"])
def test_chain(step, target):
    weight = torch.randn(16, 16) * 0.2

    def model(x):
        ends = []
        for start in (x, x @ weight, torch.softmax(x, -1)):
            value = start
            for _ in range(LENGTH):
                value = step(value)
            ends.append(value)
        return ends

    options = {**STRICT, "target": target}
    if target != "auto":
        options["execute"] = "emulate"
    x = torch.randn(16, 16) * 0.5
    for actual, expected in zip(
        torch.compile(model, backend="hidet", options=options)(x),
        model(x.double().float()),
        strict=True,
    ):
        torch.testing.assert_close(actual, expected, rtol=1e-3, atol=1e-4, equal_nan=True)


def test_training_through_a_chain_of_activations():
    activations = [
        torch.nn.SiLU(),
        torch.nn.ELU(),
        torch.nn.Softplus(),
        torch.nn.Hardswish(),
        torch.nn.Mish(),
        torch.nn.LeakyReLU(),
        torch.nn.Hardtanh(),
        torch.nn.Tanh(),
        torch.nn.PReLU(),
        torch.nn.SELU(),
        torch.nn.CELU(),
        torch.nn.LogSigmoid(),
        torch.nn.Softmax(-1),
        torch.nn.LogSoftmax(0),
    ]
    model = torch.nn.Sequential(torch.nn.Linear(9, 9), *activations)
    x = torch.randn(4, 9)
    weights = list(model.parameters())
    expected = torch.autograd.grad(model(x).square().mean(), weights)
    compiled = torch.compile(model, backend="hidet", options=STRICT)
    actual = torch.autograd.grad(compiled(x).square().mean(), weights)
    for a, e in zip(actual, expected, strict=True):
        torch.testing.assert_close(a, e, rtol=1e-4, atol=1e-6)
