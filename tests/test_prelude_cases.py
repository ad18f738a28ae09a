"""The small kernels by which a GPU is compared with the emulator, as Python sees them."""

import math
import struct

import pytest

from hidet_torch.library import load

_C = load()


@pytest.fixture(scope="module")
def cases():
    return {case["name"]: case for case in _C.prelude_cases("sm_90a")}


def test_a_case_is_all_that_a_launch_needs(cases):
    for name, case in cases.items():
        assert case["symbol"] in case["text"], name
        assert 'extern "C" __global__' in case["text"]
        assert case["threads"] % 32 == 0
        assert case["inputs"][0]
        assert case["expected"]
        assert case["shared_bytes"] <= 49152  # more has to be asked for


def test_expected_bytes_are_those_of_the_functions(cases):
    case = cases["half_to_float"]
    halves = struct.unpack("<65536e", case["inputs"][0])
    floats = struct.unpack("<65536f", case["expected"])
    for half, single in zip(halves, floats, strict=True):
        assert half == single or (math.isnan(half) and math.isnan(single))
    case = cases["prefetch_l2"]
    assert case["inputs"][0] == case["expected"]


def test_a_target_has_its_own_cases(cases):
    older = {case["name"] for case in _C.prelude_cases("sm_80")}
    assert older < set(cases)
    assert not any(name.startswith(("tma_", "wgmma_")) for name in older)
    blackwell = {case["name"] for case in _C.prelude_cases("sm_120a")}
    assert "tma_load_5d" in blackwell
    assert not any(name.startswith("wgmma_") for name in blackwell)


def test_maps_are_encoded_by_the_driver(cases, monkeypatch, tmp_path):
    (box,) = cases["tma_load_2d_pattern_128"]["maps"]
    assert box == {
        "buffer": 0,
        "dtype": "bf16",
        "sizes": [200, 70],
        "strides": [400],
        "box": [64, 64],
        "swizzle_bytes": 128,
    }
    monkeypatch.setenv("HIDET_LIBCUDA", str(tmp_path / "none.so"))
    with pytest.raises(RuntimeError, match=r"none\.so"):
        _C.encode_case_map(box, 1 << 20)
    with pytest.raises(RuntimeError, match="bug in hidet"):
        _C.encode_case_map(box | {"dtype": "f7"}, 1 << 20)
