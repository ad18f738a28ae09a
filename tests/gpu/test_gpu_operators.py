"""PyTorch's own samples of every generated operator, on a GPU; skipped where there is none."""

import pytest
import torch
from test_operators import DIRECT, _id, check_operator

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


@pytest.mark.parametrize("op", DIRECT, ids=_id)
def test_operator(op):
    check_operator(op, "cuda")
