"""PyTorch's own samples of every operator that is generated, gradients included."""

import itertools

import pytest
import torch
from operator_checks import Call, check_backward, check_forward, quiet
from torch.testing._internal.common_methods_invocations import op_db

from hidet_torch.library import load

OTHER_DTYPES = (
    torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.uint8, torch.bool
)  # fmt: skip


def _base(name):
    return name.split("::")[-1].split(".")[0]


GENERATED = {_base(name) for name in load().operator_names()}
DIRECT = [
    op
    for op in op_db
    if op.name.split(".")[-1] in GENERATED
    and not op.name.startswith("sparse.")  # operands have no strides
    and op.supports_dtype(torch.float32, "cpu")  # not those of complex numbers alone
]


def _id(op):
    return f"{op.name}-{op.variant_test_name}" if op.variant_test_name else op.name


def _calls(op, dtype, most, device="cpu"):
    """At most so many of the operator's samples, from all over its list."""
    if not op.supports_dtype(dtype, device):
        return []
    torch.manual_seed(0)
    with quiet():
        samples = list(itertools.islice(op.sample_inputs(device, dtype), 400))
    step = max(1, len(samples) // most)
    calls = []
    for i, sample in enumerate(samples[::step][:most]):
        name = f"{_id(op)} {dtype} sample {i * step}"
        calls.append(Call(name, op.op, (sample.input, *sample.args), sample.kwargs))
    return calls


# A traced graph has another formula for the gradient, with other NaNs, than an eager run, which
# looks at the numbers.
OTHER_GRADIENT = {"masked.prod"}


def check_operator(op, device):
    calls = _calls(op, torch.float32, 6, device)
    if op.name not in OTHER_GRADIENT:
        check_backward(calls)
    for dtype in OTHER_DTYPES:
        calls += _calls(op, dtype, 2, device)
    assert calls
    seen = set()
    check_forward(calls, seen)


@pytest.mark.parametrize("op", DIRECT, ids=_id)
def test_operator(op):
    check_operator(op, "cpu")
