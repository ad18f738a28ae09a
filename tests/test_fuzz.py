"""Random graphs against eager and float64: HIDET_FUZZ=n of them, or of the seeds HIDET_FUZZ=a:b."""

import os

import pytest
from operator_checks import Call, check_backward, check_forward
from random_graph import RandomGraph

RANGE = [int(x) for x in os.environ.get("HIDET_FUZZ", "20").split(":")]


@pytest.mark.parametrize("seed", range(*RANGE))
def test_random_graph(seed):
    graph = RandomGraph(seed, steps=6 + seed % 12)
    print(graph)
    call = Call(f"seed {seed}", lambda tensors: graph(*tensors), (graph.tensors,))
    check_forward([call], floor=8)
    if seed % 4 == 0:
        check_backward([call], floor=8)
