"""Graphs compiled for a GPU and run whole on the CPU: every kernel from its CUDA text, checked."""

import pytest
import torch
from helpers import assert_as_accurate_as_eager, check_model, compile_strict
from test_cuda_target import Mixed

import hidet_torch

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


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_tensor_cores(dtype):
    model = Mixed().eval().to(dtype)
    x = torch.randn(2, 37, 48, dtype=dtype)
    with torch.no_grad():
        eager = model(x)
        actual = compile_strict(model, options=EMULATED)(x)
        reference = model.double()(x.double())
    for one, of_eager, wanted in zip(actual, eager, reference, strict=True):
        assert_as_accurate_as_eager(one, of_eager, wanted)


@pytest.mark.parametrize("offset", [0, 1])
def test_operands_that_are_not_aligned_take_another_variant(offset):
    model = torch.nn.Linear(48, 40).eval().bfloat16()
    x = torch.randn(37 * 48 + 8, dtype=torch.bfloat16)[offset : offset + 37 * 48].view(37, 48)
    with torch.no_grad():
        eager = model(x)
        actual = compile_strict(model, options=EMULATED)(x)
        reference = model.double()(x.double())
    assert_as_accurate_as_eager(actual, eager, reference)


@pytest.mark.parametrize("rows", [1, 7, 64])
def test_a_small_network(rows):
    model = torch.nn.Sequential(
        torch.nn.Linear(19, 40), torch.nn.GELU(), torch.nn.LayerNorm(40), torch.nn.Linear(40, 5)
    )
    check_model(model, torch.randn(rows, 19), options=EMULATED)


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


def test_check_of_a_model():
    model = Mixed().eval()
    with torch.no_grad():
        report = hidet_torch.check(model, torch.randn(2, 37, 48), target="sm_80")
    assert report.ok, str(report)
    assert report.proved == 1.0
    assert [run.schedule for run in report.runs] == ["forward", "reverse", "random"]
    assert all(0 < run.error < 1e-5 for run in report.runs)
    shared = [access for access in report.accesses if access.shared]
    assert shared
    assert all(access.line > 0 and access.code for access in report.accesses)
    assert all(0 < access.sector_use <= 1 for access in report.accesses)
    text = str(report)
    for word in ("no rule is broken", "races", "bounds", "passes", "sectors", "100 %"):
        assert word in text


def test_check_of_a_training_step():
    model = torch.nn.Sequential(
        torch.nn.Linear(24, 48), torch.nn.GELU(), torch.nn.LayerNorm(48), torch.nn.Linear(48, 8)
    )
    report = hidet_torch.check(model, torch.randn(33, 24), backward=True)
    assert report.ok, str(report)
    assert report.proved == 1.0
    assert all(0 < run.error <= 3 * run.eager_error for run in report.runs)


def test_check_names_what_it_does_not_prove():
    class Sorted(torch.nn.Module):
        def forward(self, x):
            return torch.sort(x * 2).values + 1

    with torch.no_grad():
        report = hidet_torch.check(Sorted(), torch.randn(3, 20))
    assert report.ok
    assert 0 < report.proved < 1
    assert any("sort" in name for name, _ in report.aten_calls)


def test_check_wants_a_cuda_target():
    with pytest.raises(ValueError, match="needs a CUDA target"):
        hidet_torch.check(torch.nn.Linear(2, 2), torch.randn(1, 2), target="cpu")


def test_the_emulator_needs_no_nvrtc(monkeypatch):
    monkeypatch.setenv("HIDET_NVRTC_PATH", "/nonexistent/libnvrtc.so.13")
    x = torch.randn(5, 7)
    torch._dynamo.reset()
    torch.testing.assert_close(
        compile_strict(lambda x: torch.softmax(x * 2, -1), options=EMULATED)(x),
        torch.softmax(x * 2, -1),
    )
