"""Weights are constants while they stay unchanged: a change of any kind shows at the next call."""

import pytest
import torch
from helpers import compile_strict

import hidet_torch


class Tied(torch.nn.Module):
    """One matrix, used as embedding and as output projection."""

    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(11, 8)
        self.head = torch.nn.Linear(8, 11, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, x):
        return self.head(self.embedding(x))


def linear():
    return torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.GELU(), torch.nn.Linear(32, 16))


def in_place(model):
    model[0].weight.mul_(1.5)


def one_element(model):
    model[0].weight[3, 2] += 1.0


def whole_data_write(model):
    model[0].weight.data = torch.randn(32, 16)


def whole_data_copy(model):
    model[0].weight.data.copy_(torch.randn(32, 16))


def load_state_dict(model):
    model.load_state_dict({name: value + 0.25 for name, value in model.state_dict().items()})


def replaced_parameter(model):
    model[2].weight = torch.nn.Parameter(torch.randn(16, 32))


def bias(model):
    model[2].bias.add_(1.0)


CHANGES = [
    in_place,
    one_element,
    whole_data_write,
    whole_data_copy,
    load_state_dict,
    replaced_parameter,
    bias,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("guard", [torch.no_grad, torch.inference_mode])
def test_a_change_shows_at_the_next_call(change, guard):
    model = linear().eval()
    x = torch.randn(4, 16)
    compiled = compile_strict(model)
    with guard():
        for _ in range(2):
            torch.testing.assert_close(compiled(x), model(x))
    with torch.no_grad():
        change(model)
    with guard():
        for _ in range(2):
            torch.testing.assert_close(compiled(x), model(x))


def test_changes_at_every_call():
    model = linear().eval()
    x = torch.randn(4, 16)
    compiled = compile_strict(model)
    with torch.no_grad():
        for _ in range(5):
            in_place(model)
            torch.testing.assert_close(compiled(x), model(x))


def test_tied_weights():
    model = Tied().eval()
    x = torch.randint(0, 11, (2, 5))
    compiled = compile_strict(model)
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), model(x))
        model.embedding.weight.mul_(2.0)
        torch.testing.assert_close(compiled(x), model(x))


def test_weights_made_under_inference_mode():
    with torch.inference_mode():
        model = linear().eval()
        x = torch.randn(4, 16)
        compiled = compile_strict(model)
        torch.testing.assert_close(compiled(x), model(x))
        model[0].weight.mul_(3.0)
        # Such a tensor has no version counter: say so where the write is in place.
        hidet_torch.refresh(model)
        torch.testing.assert_close(compiled(x), model(x))


def test_refresh_shows_a_partial_write_through_data():
    model = linear().eval()
    x = torch.randn(4, 16)
    compiled = compile_strict(model)
    with torch.no_grad():
        compiled(x)
        compiled(x)
        model[0].weight.data[5, 7] += 10.0
        hidet_torch.refresh(model)
        torch.testing.assert_close(compiled(x), model(x))


def test_buffers_change_too():
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 8)).eval()
    x = torch.randn(4, 8)
    compiled = compile_strict(model)
    with torch.no_grad():
        torch.testing.assert_close(compiled(x), model(x))
        model[0].running_mean.add_(2.0)
        torch.testing.assert_close(compiled(x), model(x))


def test_training_then_inference():
    model = linear()
    x = torch.randn(4, 16)
    compiled = compile_strict(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        compiled(x).pow(2).sum().backward()
        optimizer.step()
        with torch.no_grad():
            torch.testing.assert_close(compiled(x), model(x))
