"""Odd inputs give eager's answer, wrong ones eager's error."""

import concurrent.futures

import pytest
import torch
import torch.nn.functional as F
from helpers import STRICT, compile_strict


def pointwise_and_sum(x):
    return torch.sigmoid(x) * x + 1, x.sum(dim=-1)


def assert_same(function, *inputs, **keywords):
    compiled = compile_strict(function, **keywords)
    expected = function(*inputs)
    for _ in range(2):
        torch.testing.assert_close(compiled(*inputs), expected, equal_nan=True)
    return compiled


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 4)])
def test_zero_size_tensors(shape):
    assert_same(pointwise_and_sum, torch.randn(shape))


@pytest.mark.parametrize("shape", [(0, 4), (5, 0)])
def test_zero_size_matmul(shape):
    assert_same(lambda x, w: torch.relu(x @ w), torch.randn(shape), torch.randn(shape[1], 6))


def test_zero_dimensional_tensors():
    assert_same(lambda x, y: (x * y + 1, torch.exp(x), y / 3), torch.tensor(2.0), torch.tensor(3.0))
    assert_same(lambda x, y: x * y, torch.randn(4, 5), torch.tensor(0.5))


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.randn(8, 6).t(),
        lambda: torch.randn(8, 12)[:, ::2],
        lambda: torch.randn(9, 6)[1:],
        lambda: torch.randn(6).expand(8, 6),
        lambda: torch.randn(8, 1).expand(8, 6),
        lambda: torch.randn(20).as_strided((6, 6), (2, 1)),
        lambda: torch.randn(49)[1:].view(8, 6),
        lambda: torch.randn(2, 3, 4, 6).to(memory_format=torch.channels_last),
    ],
    ids=["transposed", "strided", "offset", "broadcast", "column", "overlapping", "misaligned",
         "channels_last"],
)  # fmt: skip
def test_layouts_of_inputs(make):
    x = make()
    assert_same(lambda x: (torch.tanh(x) + x, x.sum(-1), torch.softmax(x, -1)), x)
    assert_same(lambda x: x @ torch.ones(x.shape[-1], 5), x)


def test_misaligned_after_aligned():
    """Alignment is not guarded by Dynamo."""
    compiled = compile_strict(lambda x: torch.exp(x) + x)
    memory = torch.randn(65)
    for start in (0, 1):
        x = memory[start : start + 64]
        torch.testing.assert_close(compiled(x), torch.exp(x) + x)


def test_other_shape_dtype_and_strides_than_compiled_for():
    compiled = compile_strict(pointwise_and_sum)
    for x in (
        torch.randn(3, 4),
        torch.randn(5, 4),
        torch.randn(5, 4, dtype=torch.float64),
        torch.randn(4, 5).t(),
        torch.randn(2, 3, 4),
        torch.randn(7),
    ):
        torch.testing.assert_close(compiled(x), pointwise_and_sum(x))


def test_other_device_than_compiled_for():
    compiled = compile_strict(lambda x: x + 1)
    compiled(torch.ones(3))
    assert compiled(torch.ones(3, device="meta")).device.type == "meta"


@pytest.mark.parametrize("index", [7, -1, 2**40])
def test_embedding_index_out_of_range(index):
    table = torch.randn(7, 4)

    def function(indices):
        return torch.nn.functional.embedding(indices, table) * 2

    compiled = compile_strict(function)
    good = torch.tensor([0, 6, 3])
    torch.testing.assert_close(compiled(good), function(good))
    bad = torch.tensor([0, index, 3])
    with pytest.raises(IndexError):
        function(bad)
    with pytest.raises(IndexError):
        compiled(bad)
    torch.testing.assert_close(compiled(good), function(good))


LOOKUPS = {
    "pointwise": lambda t, i, w: t[i] * 2,
    "sum over the positions": lambda t, i, w: t[i].sum(0),
    "sum over what is looked up": lambda t, i, w: t[i].sum(1),
    "sum of all": lambda t, i, w: (t[i] * 2).sum(),
    "softmax": lambda t, i, w: torch.softmax(t[i].exp() * 3, -1),
    "left operand": lambda t, i, w: t[i] @ w,
    "right operand": lambda t, i, w: w @ t[i].T,
    "bias": lambda t, i, w: torch.ones(3, 16) @ w + t[i],
    "keys": lambda t, i, w: F.scaled_dot_product_attention(w[None, None], *[t[i][None, None]] * 2),
    "mask": lambda t, i, w: F.scaled_dot_product_attention(
        *[torch.ones(1, 1, 3, 16), w[None, None], w[None, None]], attn_mask=t[i][None, None]
    ),
    "embedding": lambda t, i, w: F.layer_norm(F.embedding(i, t) + w[:3], (16,)),
    "gather": lambda t, i, w: t.gather(0, i[:, None].expand(3, 16)) + 1,
    "sum of gather": lambda t, i, w: t.gather(0, i[:, None].expand(3, 16)).sum(0),
    "index_select": lambda t, i, w: t.index_select(0, i).amax(-1),
}


@pytest.mark.parametrize("name", LOOKUPS)
@pytest.mark.parametrize("options", [{}, {"target": "sm_80", "execute": "emulate"}])
def test_a_lookup_out_of_range_is_never_silent(name, options):
    function = LOOKUPS[name]
    table, w = torch.randn(7, 16), torch.randn(16, 16)
    compiled = torch.compile(function, backend="hidet", options={**STRICT, **options})
    good = torch.tensor([0, 6, 3])
    torch.testing.assert_close(
        compiled(table, good, w), function(table, good, w), rtol=1e-4, atol=1e-4
    )
    bad = torch.tensor([0, 9, 3])
    with pytest.raises((IndexError, RuntimeError)) as of_eager:
        function(table, bad, w)
    with pytest.raises(of_eager.type, match="out of range in"):
        compiled(table, bad, w)


def test_nan_and_infinities():
    x = torch.tensor([float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 1e38, -1e38, 1e-45])
    functions = [
        torch.relu,
        lambda x: x.clamp(-1, 1),
        lambda x: torch.maximum(x, torch.zeros_like(x)),
        lambda x: x.max(),
        lambda x: x.amin(),
        lambda x: torch.softmax(x, 0),
        lambda x: torch.sigmoid(x) * x,
        # At infinity PyTorch's own kernels disagree with each other (float32: nan, float64: inf).
        lambda x: torch.nn.functional.gelu(torch.where(x.isinf(), 0, x)),
        lambda x: (x > 0, x == x, x / x, x * 0),  # noqa: PLR0124
        lambda x: torch.where(x.isnan(), 1.0, x),
    ]
    for function in functions:
        assert_same(function, x)
    zeros = torch.tensor([0.0, -0.0])
    compiled = compile_strict(lambda x: (x * 1, x + 0, torch.neg(x), x.abs()))
    for actual, expected in zip(
        compiled(zeros), (zeros * 1, zeros + 0, torch.neg(zeros), zeros.abs()), strict=True
    ):
        assert torch.equal(torch.signbit(actual), torch.signbit(expected))


def test_shapes_that_do_not_fit_are_eager_errors():
    with pytest.raises(Exception, match=r"size|shape|mat1"):
        compile_strict(lambda x, y: x @ y)(torch.ones(2, 3), torch.ones(2, 3))


def test_several_threads_call_one_model():
    model = torch.nn.Sequential(torch.nn.Linear(32, 64), torch.nn.GELU(), torch.nn.Linear(64, 8))
    model.eval()
    compiled = compile_strict(model)
    inputs = [torch.randn(16, 32) for _ in range(24)]

    def run(x):
        with torch.no_grad():
            return compiled(x)

    expected = [run(x) for x in inputs]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            for actual, value in zip(pool.map(run, inputs), expected, strict=True):
                assert torch.equal(actual, value)
    with torch.no_grad():
        torch.testing.assert_close(expected, [model(x) for x in inputs])


def test_several_threads_compile_one_model_at_once():
    model = torch.nn.Sequential(torch.nn.Linear(24, 40), torch.nn.SiLU(), torch.nn.Linear(40, 8))
    model.eval()
    compiled = compile_strict(model)
    inputs = [torch.randn(n, 24) for n in (3, 5, 5, 9)]

    def run(x):
        with torch.no_grad():
            return compiled(x)

    with concurrent.futures.ThreadPoolExecutor(4) as pool, torch.no_grad():
        torch.testing.assert_close(list(pool.map(run, inputs)), [model(x) for x in inputs])


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_number_of_threads_is_read_at_each_call(threads):
    before = torch.get_num_threads()
    compiled = compile_strict(pointwise_and_sum)
    x = torch.randn(300, 400)
    expected = compiled(x)
    try:
        torch.set_num_threads(threads)
        torch.testing.assert_close(compiled(x), expected)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("dynamic", [False, True])
def test_an_index_counts_only_where_it_is_read(axis, dynamic):
    """Behind a cat or a pad the positions of other pieces are none of the table's."""

    def function(x, table, at):
        rows = table[at].narrow(0, 0, 3)
        joined = torch.cat([x * 2, rows, x], axis)
        return joined, torch.nn.functional.pad(rows.relu(), (3, 2, 1, 4), value=1.5)

    compiled = compile_strict(function, dynamic=dynamic)
    x, table = torch.randn((5, 17) if axis == 0 else (3, 5)), torch.randn(4, 17)
    good = torch.tensor([0, -4, 3])
    for _ in range(2):
        torch.testing.assert_close(compiled(x, table, good), function(x, table, good))
    for bad in (4, -5):
        with pytest.raises(IndexError):
            compiled(x, table, torch.tensor([0, 1, bad]))
