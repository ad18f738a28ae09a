"""What the text of a kernel has to look like, because of what it costs otherwise."""

import pathlib

import torch
from helpers import compile_strict

from hidet_torch.library import load


def _sources(folder):
    return [path.read_text() for path in sorted(pathlib.Path(folder).rglob("kernel.cpp"))]


def test_short_axes_of_images_fill_vectors(tmp_path):
    model = torch.nn.Sequential(torch.nn.BatchNorm2d(8), torch.nn.ReLU6()).eval()
    x = torch.randn(2, 8, 7, 7)
    with torch.no_grad():
        result = compile_strict(model, options={"dump": str(tmp_path)})(x)
        torch.testing.assert_close(result, model(x))
    (text,) = _sources(tmp_path)
    assert "load_f32" in text
    assert "gather" not in text
    assert "scatter" not in text


def test_axes_stay_apart_where_an_access_needs_them(tmp_path):
    def function(x, row):
        return x * 2 + row

    x, row = torch.randn(5, 7, 6), torch.randn(6)
    result = compile_strict(function, options={"dump": str(tmp_path)})(x, row)
    torch.testing.assert_close(result, function(x, row))
    (text,) = _sources(tmp_path)
    assert "% 6" not in text


def test_kernels_are_short_and_quick_to_compile(tmp_path):
    """A product with a long epilogue is the longest kernel there is."""
    model = torch.nn.Sequential(torch.nn.Linear(64, 96), torch.nn.GELU()).eval()
    with torch.no_grad():
        compile_strict(model, options={"dump": str(tmp_path)})(torch.randn(16, 64))
    texts = _sources(tmp_path)
    assert len(texts) == 2  # packing, product
    assert max(len(text) for text in texts) < 40_000
    (product,) = [path for path in tmp_path.rglob("kernel.cpp") if "matmul" in str(path)]
    filled = next(product.parent.glob("*_fill_sites.txt"))
    _, seconds = load().replay_kernel(filled.read_text(), True)
    assert seconds < 3.0
