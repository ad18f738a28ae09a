import pytest
import torch
from helpers import STRICT

import hidet_torch
from hidet_torch.explanation import KernelUse


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(24, 40)

    def forward(self, x):
        return torch.softmax(self.linear(x), dim=-1).sort().values


@pytest.fixture(scope="module")
def explanation(kernel_cache):
    with torch.no_grad():
        return hidet_torch.explain(Model().eval(), torch.randn(7, 24), options=STRICT, time=True)


def test_what_is_generated_and_what_is_not(explanation):
    assert explanation.kernels
    assert all(kernel.launches >= 0 for kernel in explanation.kernels)
    assert any(name.startswith("aten::sort") for name, _ in explanation.aten_calls)
    assert all(reason for _, reason in explanation.aten_calls)
    assert not explanation.problems


def test_times(explanation):
    assert explanation.seconds > 0
    assert 0 < explanation.generated_seconds <= explanation.seconds
    assert sum(explanation.compile_times.values()) > 0


def test_shares_of_the_peak(explanation):
    assert min(explanation.peaks) > 1e8
    timed = [kernel for kernel in explanation.kernels if kernel.launches]
    assert all(kernel.seconds > 0 and kernel.bytes > 0 for kernel in timed)
    assert [kernel.multiply_adds for kernel in timed if kernel.multiply_adds] == [7 * 24 * 40]
    assert "% of peak" in str(explanation)
    assert "% of memory's" in str(explanation)


def test_a_kernel_of_a_gpu_is_held_against_the_cost_model():
    cpu_peaks = (1e11, 1e10)
    kernel = KernelUse("k", "t", "", "", launches=2, key="", seconds=4e-6, multiply_adds=10**9)
    assert kernel.rate(cpu_peaks) == "500000 GFLOP/s, 250000 % of peak"
    kernel.cuda = {"predicted_seconds": 1e-6}
    assert kernel.rate(cpu_peaks) == "500000 GFLOP/s, 50 % of predicted"
    kernel.multiply_adds, kernel.bytes = 0, 4 * 10**6
    assert kernel.rate(cpu_peaks) == "1000.0 GB/s, 50 % of predicted"


def test_it_prints_itself(explanation):
    text = str(explanation)
    for kernel in explanation.kernels:
        assert kernel.symbol in text
    assert "aten::sort" in text
    assert "ATen calls" in text


def test_why_these_params(explanation):
    assert all(kernel.reason for kernel in explanation.kernels)
    (product,) = (k for k in explanation.kernels if k.template == "matmul_packed" and k.launches)
    assert "of the FMA peak expected" in product.reason
    assert product.reason in str(explanation)


def test_training_has_a_forward_and_a_backward_graph():
    model = Model()
    explanation = hidet_torch.explain(
        model, torch.randn(7, 24), options=STRICT, backward=True, time=True
    )
    assert [graph.kind for graph in explanation.graphs] == ["forward", "backward"]
    (name,) = {k.symbol for k in explanation.kernels if k.symbol.startswith("sum_mul")}
    assert name in str(explanation), "the gradient of softmax"
    assert all(kernel.seconds > 0 for kernel in explanation.kernels if kernel.launches)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_backward_pass_of_what_has_no_gradient():
    with pytest.raises(ValueError, match="requires_grad"):
        hidet_torch.explain(torch.sin, torch.ones(3), options=STRICT, backward=True)


def test_wrong_options_are_said_before_anything_runs():
    with pytest.raises(ValueError, match="strict"):
        hidet_torch.explain(Model(), torch.randn(7, 24), options={"stric": True})


def test_what_a_plan_cannot_hold_is_said():
    def function(x):
        return torch.cond(x.sum() > 0, lambda x: x + 1, lambda x: x - 1, (x,))

    explanation = hidet_torch.explain(function, torch.ones(3), options=STRICT)
    assert explanation.problems
    assert "not compiled" in str(explanation)


def test_dump(tmp_path):
    with torch.no_grad():
        hidet_torch.explain(
            Model().eval(), torch.randn(7, 24), options={**STRICT, "dump": str(tmp_path)}
        )
    assert any(path.is_file() for path in tmp_path.rglob("*"))
