"""PyTorch's AOTAutogradCache does not know which backend made an entry: ours is told apart."""

import torch
import torch._functorch.config
from helpers import STRICT
from torch._dynamo.backends.common import aot_autograd
from torch._functorch.aot_autograd import SerializableAOTDispatchCompiler
from torch._inductor.output_code import OutputCode


class Poison(OutputCode):
    """A result that is wrong whatever the graph says."""

    def __init__(self):
        self._boxed_call = True
        self._fx_graph_cache_key = None
        self._fx_graph_cache_debug_lines = []

    def __call__(self, inputs):
        result = [inputs[0] * 0 - 77]
        inputs.clear()
        return result

    def prepare_for_serialization(self):
        pass

    def post_compile(self, example_inputs, constants, graph_kwargs):
        pass

    def set_triton_bundle(self, bundle):
        pass


def poison_backend(gm, example_inputs):
    def compiler():
        return SerializableAOTDispatchCompiler(Poison, lambda gm, inputs: Poison())

    with torch._functorch.config.patch(bundled_autograd_cache=True):
        return aot_autograd(
            fw_compiler=compiler(), bw_compiler=compiler(), inference_compiler=compiler()
        )(gm, example_inputs)


def test_another_backend_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    x = torch.ones(3)

    def run(**keywords):
        torch._dynamo.reset()
        with torch.no_grad():
            return torch.compile(lambda x: x + 1, **keywords)(x)[0].item()

    assert run(backend=poison_backend) == -77
    assert run(backend="hidet", options=STRICT) == 2
    with torch._functorch.config.patch(bundled_autograd_cache=True):
        assert run(backend="hidet", options=STRICT) == 2
    assert run(backend=poison_backend) == -77
