"""Graphs compiled for a GPU, where there is none."""

import pathlib

import pytest
import torch
from helpers import compile_strict

import hidet_torch
from hidet_torch.library import nvrtc_directories

TARGETS = ("sm_80", "sm_86", "sm_89", "sm_90a", "sm_100a", "sm_120a")


def has_nvrtc():
    return any(list(pathlib.Path(path).glob("libnvrtc.so*")) for path in nvrtc_directories())


# CPU builds of PyTorch bring none, and without it there is no machine code to look at.
needs_nvrtc = pytest.mark.skipif(not has_nvrtc(), reason="this PyTorch brings no NVRTC")
pytestmark = needs_nvrtc


class Mixed(torch.nn.Module):
    """Every template: pointwise, rows, columns, products, attention."""

    def __init__(self):
        super().__init__()
        self.norm = torch.nn.LayerNorm(48)
        self.first = torch.nn.Linear(48, 96)
        self.second = torch.nn.Linear(96, 48)

    def forward(self, x):
        y = self.second(torch.nn.functional.gelu(self.first(self.norm(x))))
        heads = y.view(x.shape[0], x.shape[1], 3, 16).transpose(1, 2)
        z = torch.nn.functional.scaled_dot_product_attention(heads, heads, heads)
        return z.transpose(1, 2).reshape(x.shape) + x, torch.sin(y).sum(dim=(0, 1))


@pytest.mark.parametrize("target", TARGETS)
def test_a_model_compiles_without_spills(target):
    model = Mixed().eval()
    x = torch.randn(2, 37, 48)
    with torch.no_grad():
        explanation = hidet_torch.explain(model, x, options={"target": target, "strict": True})
    assert not explanation.aten_calls
    templates = {kernel.template for kernel in explanation.kernels}
    assert {"matmul_simt", "attention_simt", "rowwise_cuda", "reduce_cuda"} <= templates
    for kernel in explanation.kernels:
        assert kernel.cuda["registers"] > 0
        assert kernel.cuda["spill_bytes"] == 0
        assert kernel.cuda["blocks"] > 0
        assert 1e-6 < kernel.cuda["predicted_seconds"] < 1e-3
    assert "occupancy" in str(explanation)
    assert "predicted us" in str(explanation)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_takes_the_tensor_cores(target, dtype):
    model = Mixed().eval().to(dtype)
    x = torch.randn(2, 37, 48, dtype=dtype)
    with torch.no_grad():
        explanation = hidet_torch.explain(model, x, options={"target": target, "strict": True})
    assert not explanation.aten_calls
    templates = {kernel.template for kernel in explanation.kernels}
    assert {"matmul_mma", "attention_mma"} <= templates
    assert not {"matmul_simt", "attention_simt"} & templates
    for kernel in explanation.kernels:
        assert kernel.cuda["spill_bytes"] == 0


@pytest.mark.parametrize(
    ("precision", "template"), [("highest", "matmul_simt"), ("high", "matmul_mma")]
)
def test_tf32_only_where_pytorch_allows_it(precision, template):
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        with torch.no_grad():
            explanation = hidet_torch.explain(
                torch.nn.Linear(64, 64).eval(),
                torch.randn(8, 64),
                options={"target": "sm_80", "strict": True},
            )
    finally:
        torch.set_float32_matmul_precision(before)
    assert {kernel.template for kernel in explanation.kernels} == {template}


def test_running_it_without_a_gpu_names_the_ways_out():
    model = compile_strict(torch.nn.Linear(8, 8).eval(), options={"target": "sm_80"})
    with torch.no_grad(), pytest.raises(RuntimeError, match="emulate"):
        model(torch.randn(3, 8))


def test_emulation_needs_a_cuda_target():
    model = torch.compile(torch.nn.Linear(8, 8), backend="hidet", options={"execute": "emulate"})
    with pytest.raises(Exception, match="needs a CUDA target"):
        model(torch.randn(3, 8))


def test_the_groups_are_those_of_the_cpu():
    x = torch.randn(2, 37, 48)
    model = Mixed().eval()
    groups = []
    with torch.no_grad():
        for target in ("cpu", "sm_80"):
            explanation = hidet_torch.explain(model, x, options={"target": target, "strict": True})
            groups.append([(group["kind"], group["nodes"]) for group in explanation.groups])
    assert groups[0] == groups[1]
