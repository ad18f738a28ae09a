"""Whole models compiled for GPUs, where there is none: every kernel's resources, and the groups.

Of BERT-base and GPT-2 two layers of the full width stand for all: the others are the same kernels,
which test_two_layers_have_the_kernels_of_the_whole_model shows.
"""

import collections
import copy
import pathlib
import sys
import time

import pytest
import torch
from test_cuda_target import TARGETS, needs_nvrtc

import hidet_torch
import hidet_torch.emulation

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "benchmarks"))
import zoo

transformers = pytest.importorskip("transformers")

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
    pytest.param(
        *case, marks=() if case in SHORT else pytest.mark.full, id="-".join(map(str, case))
    )
    for case in ((name, dtype, target) for name in MODELS for dtype in DTYPES for target in TARGETS)
]


@needs_nvrtc
@pytest.mark.parametrize(("name", "dtype", "target"), RESOURCE_CASES)
def test_no_kernel_spills_and_the_assembler_has_no_advice(name, dtype, target):
    explanation = explain(name, dtype, target)
    templates = {kernel.template for kernel in explanation.kernels}
    assert ("matmul_simt" if dtype == torch.float32 else "matmul_mma") in templates
    wrong = {}
    for kernel in explanation.kernels:
        assert kernel.cuda["registers"] > 0
        assert kernel.cuda["blocks"] > 0
        if _what_is_wrong(kernel):
            wrong[kernel.symbol, kernel.params] = _what_is_wrong(kernel)
    assert not wrong


def _kernels(explanation):
    return {(kernel.symbol, kernel.key) for kernel in explanation.kernels}


@needs_nvrtc
@pytest.mark.full
@pytest.mark.parametrize(("name", "build"), [("bert", _bert), ("gpt2", _gpt2)])
def test_two_layers_have_the_kernels_of_the_whole_model(name, build):
    whole = explain(name, torch.float32, "sm_90a", lambda: build(12))
    assert _kernels(whole) == _kernels(explain(name, torch.float32, "sm_90a"))


@needs_nvrtc
@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        (name, dtype)
        if (name, dtype) in {("minilm", torch.float32), ("mlp-train", torch.bfloat16)}
        else pytest.param(name, dtype, marks=pytest.mark.full)
        for name in MODELS
        for dtype in (torch.float32, torch.bfloat16)
    ],
)
def test_the_groups_are_those_of_the_cpu(name, dtype):
    on_cpu, on_gpu = (
        [(g["kind"], g["nodes"], g["outputs"]) for g in explain(name, dtype, target).groups]
        for target in ("cpu", "sm_80")
    )
    assert on_cpu == on_gpu


class Accesses(torch.nn.Module):
    """Pointwise kernels and row kernels of several widths, all of them multiples of a vector."""

    def __init__(self, width):
        super().__init__()
        self.norm = torch.nn.LayerNorm(width)
        self.scale = torch.nn.Parameter(torch.randn(width))

    def forward(self, x, y):
        z = torch.softmax(x, dim=-1)
        return self.norm(y) * self.scale, z, torch.sin(x + y), (x * y).sum(dim=-1)


@pytest.fixture
def one_schedule(monkeypatch):
    """Accesses are counted under the first one."""
    monkeypatch.setattr(hidet_torch.emulation, "SCHEDULES", hidet_torch.emulation.SCHEDULES[:1])


def _check(model, inputs, backward=False):
    # Out of a file, weights lie at any address; on a GPU they are copies, as these are.
    model = copy.deepcopy(model)
    with torch.set_grad_enabled(backward):
        report = hidet_torch.check(model, *inputs, backward=backward, reference=False)
    assert report.ok, str(report)
    return report


@pytest.mark.parametrize(("rows", "width"), [(64, 256), (8, 4096)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.usefixtures("one_schedule")
def test_aligned_pointwise_and_row_kernels_use_whole_sectors(rows, width, dtype):
    model = Accesses(width).eval().to(dtype)
    report = _check(model, [torch.randn(rows, width, dtype=dtype) for _ in range(2)])
    streams = [access for access in report.accesses if not access.shared]
    assert streams
    for access in streams:
        # No sector is touched that need not be; what a whole warp reads once is but one number.
        assert access.sectors == access.least_sectors, access
        assert access.sector_use == 1 or access.sectors == access.requests, access


def _one_layer(kind):
    if kind == "minilm":
        model, inputs = zoo.minilm(64)
        model.model.encoder.layer = model.model.encoder.layer[:1]
        return model, inputs
    if kind == "gpt2":
        config = transformers.GPT2Config(n_layer=1, vocab_size=4096)
        model = zoo.Logits(transformers.GPT2LMHeadModel(config).eval()).eval()
        return model, (torch.randint(0, 4096, (1, 64)),)
    return (
        torch.nn.Sequential(
            torch.nn.Linear(128, 256),
            torch.nn.GELU(),
            torch.nn.LayerNorm(256),
            torch.nn.Linear(256, 128),
        ),
        (torch.randn(128, 128),),
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    "kind", ["minilm", pytest.param("gpt2", marks=pytest.mark.full), "mlp-train"]
)
@pytest.mark.usefixtures("one_schedule")
def test_no_bank_conflict(kind, dtype):
    torch.manual_seed(0)
    model, inputs = _one_layer(kind)
    inputs = [x.to(dtype) if x.is_floating_point() else x for x in inputs]
    report = _check(model.to(dtype), inputs, backward=kind == "mlp-train")
    names = collections.Counter(access.kernel for access in report.accesses if access.shared)
    assert any(name.startswith("matmul") for name in names), names
    assert kind == "mlp-train" or any(name.startswith("attention") for name in names), names
    assert not report.conflicts


@needs_nvrtc
@pytest.mark.alone
def test_a_cold_compilation_takes_seconds(tmp_path):
    model, inputs = zoo.minilm(LENGTH)
    explain("mlp-train", torch.float32, "sm_80")  # what PyTorch imports at the first compilation
    options = {"target": "sm_90a", "strict": True, "progress": False, "cache_dir": str(tmp_path)}
    # Of all threads together: others may use the machine meanwhile.
    start = time.process_time()
    with torch.no_grad():
        explanation = hidet_torch.explain(model, *inputs, options=options)
    seconds = time.process_time() - start
    compiled = sum(graph.report["compiled_kernels"] for graph in explanation.graphs)
    assert compiled == len(explanation.kernels)
    print(f"{compiled} kernels, {seconds:.1f} s of processor time", explanation.compile_times)
    assert seconds < 8
