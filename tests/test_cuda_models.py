"""Whole models compiled for GPUs, where there is none: every kernel's resources, and the groups.

Of BERT-base and GPT-2 two layers of the full width stand for all: the others are the same kernels,
which test_two_layers_have_the_kernels_of_the_whole_model shows.
"""

import dataclasses
import pathlib
import sys

import pytest
import torch
from test_cuda_target import TARGETS, has_nvrtc

import hidet_torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "benchmarks"))
import zoo

transformers = pytest.importorskip("transformers")

pytestmark = pytest.mark.skipif(not has_nvrtc(), reason="this PyTorch brings no NVRTC")

LENGTH = 128


def _bert(layers):
    config = transformers.BertConfig(num_hidden_layers=layers)
    return zoo._encoder(transformers.BertModel(config, add_pooling_layer=False), LENGTH)


def _gpt2(layers):
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(n_layer=layers)).eval()
    return zoo.Logits(model).eval(), (zoo._tokens(LENGTH, model.config.vocab_size),)


MODELS = {
    "minilm": lambda: zoo.minilm(LENGTH),
    "bert": lambda: _bert(2),
    "gpt2": lambda: _gpt2(2),
    "mlp-train": lambda: zoo.mlp_train(LENGTH),
}


def explain(name, dtype, target, build=None):
    torch.manual_seed(0)
    model, inputs = (build or MODELS[name])()
    model = model.to(dtype)
    inputs = [x.to(dtype) if x.is_floating_point() else x for x in inputs]
    training = name.endswith("-train")
    options = {"target": target, "strict": True, "progress": False}
    with torch.set_grad_enabled(training):
        explanation = hidet_torch.explain(model, *inputs, options=options, backward=training)
    kinds = [graph.kind for graph in explanation.graphs]
    assert kinds == (["forward", "backward"] if training else ["inference"])
    return explanation


@dataclasses.dataclass(frozen=True)
class Exception_:
    """A kernel that may spill, or that the assembler has an advice for."""

    template: str
    targets: tuple
    reason: str


EXCEPTIONS = ()


def _is_declared(kernel, target):
    return any(
        kernel.template == each.template and target in each.targets for each in EXCEPTIONS
    )


def _what_is_wrong(kernel):
    return {
        name: kernel.cuda[name]
        for name in ("spill_bytes", "stack_bytes", "advisories")
        if kernel.cuda[name]
    }


# In a normal run each model once, each target once, and both kinds of arithmetic.
SHORT = {
    ("mlp-train", torch.float32, "sm_80"),
    ("mlp-train", torch.bfloat16, "sm_86"),
    ("bert", torch.bfloat16, "sm_89"),
    ("minilm", torch.float32, "sm_90a"),
    ("minilm", torch.bfloat16, "sm_100a"),
    ("gpt2", torch.float32, "sm_120a"),
}
DTYPES = (torch.float32, torch.bfloat16, torch.float16)
RESOURCE_CASES = [
    pytest.param(*case, marks=() if case in SHORT else pytest.mark.full, id="-".join(map(str, case)))
    for case in (
        (name, dtype, target) for name in MODELS for dtype in DTYPES for target in TARGETS
    )
]


@pytest.mark.parametrize(("name", "dtype", "target"), RESOURCE_CASES)
def test_no_kernel_spills_and_the_assembler_has_no_advice(name, dtype, target):
    explanation = explain(name, dtype, target)
    templates = {kernel.template for kernel in explanation.kernels}
    assert ("matmul_simt" if dtype == torch.float32 else "matmul_mma") in templates
    wrong = {}
    for kernel in explanation.kernels:
        assert kernel.cuda["registers"] > 0
        assert kernel.cuda["blocks"] > 0
        if _what_is_wrong(kernel) and not _is_declared(kernel, target):
            wrong[kernel.symbol, kernel.params] = _what_is_wrong(kernel)
    assert not wrong
