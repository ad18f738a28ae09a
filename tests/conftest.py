"""A test session has its own cache folder; every test starts from a clean Dynamo."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


@pytest.fixture(scope="session", autouse=True)
def kernel_cache(tmp_path_factory):
    """One folder a test session: kernels are shared by its tests, never with the user's own."""
    patch = pytest.MonkeyPatch()
    patch.setenv("HIDET_CACHE_DIR", str(tmp_path_factory.mktemp("hidet_cache")))
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def fresh_dynamo():
    import torch

    torch._dynamo.reset()
    torch.manual_seed(0)
