"""Any model gives the right answer, with no import of ours and no graph break of our making."""

import subprocess
import sys

import pytest
import torch
from helpers import STRICT, assert_as_accurate_as_eager, check_model, compile_strict


def test_found_without_an_import(tmp_path):
    script = (
        "import torch\n"
        "f = torch.compile(lambda x: torch.relu(x) + 1, backend='hidet', fullgraph=True,"
        " options={'strict': True})\n"
        "x = torch.randn(5)\n"
        "assert torch.equal(f(x), torch.relu(x) + 1)\n"
        "print('right')\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert result.stdout == "right\n", result.stderr


class TinyTransformer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(24, 40)

    def forward(self, x):
        return torch.softmax(torch.nn.functional.gelu(self.linear(x)), dim=-1)


def test_linear_gelu_softmax():
    check_model(TinyTransformer(), torch.randn(7, 24), fullgraph=True)


class SpectrumAndOrder(torch.nn.Module):
    """Complex numbers and a sort between operators that are generated."""

    def forward(self, x):
        spectrum = torch.fft.rfft(torch.tanh(x) * 2)
        smooth = torch.fft.irfft(spectrum * spectrum.abs(), n=x.shape[-1])
        values, order = smooth.sort(dim=-1)
        return values + 1, order


def test_fft_and_sort():
    model = SpectrumAndOrder()
    x = torch.randn(3, 32)
    compiled = compile_strict(model, fullgraph=True)
    with torch.no_grad():
        values, order = compiled(x)
        expected, expected_order = model(x)
    torch.testing.assert_close(values, expected)
    assert torch.equal(order, expected_order)
    assert order.dtype == torch.int64


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2"])
def test_convolution_networks(name):
    models = pytest.importorskip("torchvision").models
    model = getattr(models, name)(weights=None).eval()
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        expected = model(x)
        actual = compile_strict(model, fullgraph=True)(x)
        reference = model.double()(x.double())
    assert_as_accurate_as_eager(actual, expected, reference, factor=3.0)


def test_gpt2_with_its_head():
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(
        n_layer=2, n_head=4, n_embd=64, vocab_size=211, n_positions=64, use_cache=False
    )
    model = transformers.GPT2LMHeadModel(config).eval()
    tokens = torch.randint(0, 211, (2, 17))
    with torch.no_grad():
        expected = model(tokens).logits
        actual = compile_strict(model)(tokens).logits
        reference = model.double()(tokens).logits
    assert_as_accurate_as_eager(actual, expected, reference, factor=3.0)


class Mlp(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(20, 48)
        self.norm = torch.nn.LayerNorm(48)
        self.second = torch.nn.Linear(48, 12)

    def forward(self, x):
        return self.second(self.norm(torch.nn.functional.gelu(self.first(x))))


def train(model, steps, run):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    generator = torch.Generator().manual_seed(1)
    losses = []
    for _ in range(steps):
        dtype = next(model.parameters()).dtype
        x = torch.randn(9, 20, generator=generator).to(dtype)
        target = torch.randn(9, 12, generator=generator).to(dtype)
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(run(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_training_follows_eager():
    import copy

    eager = Mlp()
    compiled_model = copy.deepcopy(eager)
    double = copy.deepcopy(eager).double()
    losses = train(eager, 8, eager)
    compiled_losses = train(compiled_model, 8, compile_strict(compiled_model, fullgraph=True))
    train(double, 8, double)
    torch.testing.assert_close(compiled_losses, losses, rtol=1e-5, atol=1e-6)
    for one, other, exact in zip(
        compiled_model.parameters(), eager.parameters(), double.parameters(), strict=True
    ):
        assert_as_accurate_as_eager(one.detach(), other.detach(), exact.detach(), factor=3.0)


def test_training_with_batch_norm_and_dropout():
    """Buffers are written inside the graph; random numbers are drawn by ATen, as in eager."""

    def make():
        torch.manual_seed(3)
        return torch.nn.Sequential(
            torch.nn.Linear(6, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(), torch.nn.Dropout(0.5)
        )

    results = []
    for wrap in (lambda m: m, compile_strict):
        model = make()
        run = wrap(model)
        x = torch.linspace(-1, 1, 60).reshape(10, 6)
        torch.manual_seed(7)
        for _ in range(2):
            run(x).sum().backward()
        results.append((model, [p.grad.clone() for p in model.parameters()]))
    (eager, eager_grads), (model, grads) = results
    torch.testing.assert_close(grads, eager_grads, rtol=1e-4, atol=1e-4)
    for (name, one), other in zip(model.named_buffers(), eager.buffers(), strict=True):
        torch.testing.assert_close(one, other, msg=lambda text, name=name: f"{name}: {text}")


def test_gradients_of_gradients_of_inputs():
    """Input gradients, with an input that needs none."""
    x = torch.randn(4, 5, requires_grad=True)
    y = torch.randn(5)

    def function(x, y):
        return (torch.sin(x) * y).sum(dim=0)

    compile_strict(function)(x, y).pow(2).sum().backward()
    gradient, x.grad = x.grad, None
    function(x, y).pow(2).sum().backward()
    torch.testing.assert_close(gradient, x.grad)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16, torch.int64])
def test_dtypes(dtype):
    x = (torch.randn(6, 10) * 4).to(dtype)

    def function(x):
        return x * 2 + 1, (x > 0).sum(dim=1), x.to(torch.float32)

    for actual, expected in zip(compile_strict(function)(x), function(x), strict=True):
        torch.testing.assert_close(actual, expected)


def test_graph_without_operators():
    def function(x, y):
        return y, x

    x, y = torch.randn(2), torch.randn(3)
    a, b = compile_strict(function)(x, y)
    assert torch.equal(a, y)
    assert torch.equal(b, x)


def test_results_that_are_no_tensors():
    def function(x):
        return x + 1, x.shape[0] * 2, None, 3.5

    compiled = compile_strict(function, dynamic=True)
    for rows in (4, 6):
        tensor, size, nothing, number = compiled(torch.zeros(rows, 2))
        assert (size, nothing, number) == (2 * rows, None, 3.5)
        assert tensor.shape == (rows, 2)


def test_higher_order_operators_run():
    def function(x):
        return torch.cond(x.sum() > 0, lambda x: x + 1, lambda x: x - 1, (x,)) * 2

    compiled = torch.compile(function, backend="hidet", options=STRICT)
    for x in (torch.ones(3), -torch.ones(3)):
        torch.testing.assert_close(compiled(x), function(x))


def test_strides_are_those_of_eager():
    def function(x):
        return x.t() + 1, x.t().contiguous() * 2, torch.empty_like(x.t()).copy_(x.t()) + x.t()

    x = torch.randn(4, 7)
    for actual, expected in zip(compile_strict(function)(x), function(x), strict=True):
        assert actual.stride() == expected.stride()
        torch.testing.assert_close(actual, expected)


def test_autocast_of_the_caller():
    model = torch.nn.Linear(8, 8).eval()
    x = torch.randn(4, 8)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        expected = model(x)
        actual = compile_strict(model)(x)
    assert actual.dtype == expected.dtype == torch.bfloat16
    torch.testing.assert_close(actual, expected)


def test_tensors_made_of_numbers():
    def function(x):
        row = torch.tensor([1.0, 2.0, 3.0])
        return torch.where(torch.tensor(True), x, -x) + row, row

    x = torch.randn(4, 3)
    compiled = compile_strict(function)
    for _ in range(2):
        torch.testing.assert_close(compiled(x), function(x))
