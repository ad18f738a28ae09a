"""Whole models from their CUDA text on the CPU: three schedules, every rule, float64."""

import pathlib
import sys

import pytest
import torch

import hidet_torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "benchmarks"))
import zoo

transformers = pytest.importorskip("transformers")


def check(model, inputs, aten_calls=()):
    with torch.no_grad():
        report = hidet_torch.check(model, *inputs)
    assert report.ok, str(report)
    assert [name for name, _ in report.aten_calls] == list(aten_calls)
    for run in report.runs:
        assert run.error <= 2 * run.eager_error + 1e-7, (
            run.schedule,
            run.error,
            run.eager_error,
        )


@pytest.mark.parametrize("length", [16, 37])
def test_minilm(length):
    check(*zoo.minilm(length))


def test_two_layers_of_gpt2():
    model = zoo.Logits(
        transformers.GPT2LMHeadModel(transformers.GPT2Config(n_layer=2, attn_implementation="sdpa"))
    ).eval()
    # Positions, out of the attention mask.
    check(model, (zoo._tokens(24, 50257),), aten_calls=["aten::cumsum"])
