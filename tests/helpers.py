"""Shared by the tests: a strict compile, and comparison against float64."""

import copy

import torch

STRICT = {"strict": True, "progress": False}


def compile_strict(model, **keywords):
    torch._dynamo.reset()
    options = {**STRICT, **keywords.pop("options", {})}
    return torch.compile(model, backend="hidet", options=options, **keywords)


def rms(tensor):
    return tensor.double().pow(2).mean().sqrt().item()


def assert_as_accurate_as_eager(actual, eager, reference, factor=2.0, floor=1e-7):
    """The rms error against float64 is at most `factor` times that of eager, plus rounding."""
    assert actual.shape == eager.shape
    assert actual.dtype == eager.dtype
    assert actual.stride() == eager.stride()
    scale = rms(reference)
    error = rms(actual.double() - reference.double())
    eager_error = rms(eager.double() - reference.double())
    assert error <= factor * eager_error + floor * scale, (error, eager_error, scale)


def check_model(model, *inputs, factor=2.0, **keywords):
    """Compiles, runs twice, and compares with eager and with float64."""
    model = model.eval()
    with torch.no_grad():
        eager = model(*inputs)
        double = copy.deepcopy(model).double()
        reference = double(
            *[value.double() if value.is_floating_point() else value for value in inputs]
        )
        compiled = compile_strict(model, **keywords)
        for _ in range(2):
            actual = compiled(*inputs)
            assert_as_accurate_as_eager(actual, eager, reference, factor)
    return compiled
