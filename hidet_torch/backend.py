"""The Dynamo backend: `torch.compile(model, backend="hidet")`."""

import hashlib
import json

import torch
from functorch.compile import min_cut_rematerialization_partition
from torch._dynamo.backends.common import aot_autograd
from torch._dynamo.exc import ShortenTraceback

from . import __version__
from .compile import compile_fx_graph
from .decompositions import decomposition_table
from .direct_call import direct_call
from .library import load
from .options import resolve


class OptionError(ShortenTraceback, ValueError):
    """A wrong option or mode: Dynamo lets errors of its own base class through unchanged."""


def hidet(gm, example_inputs, *, mode=None, options=None):
    """Compiles one graph of Dynamo; `options` as `hidet_torch.options.describe()` has them."""
    try:
        resolved = resolve(options, mode)
    except ValueError as error:
        raise OptionError(str(error), first_useful_frame=None) from None
    library = load()
    static = _static_inputs(example_inputs)
    direct = None

    def compiler(kind):
        def compile_one(graph_module, _fake_inputs):
            return compile_fx_graph(graph_module, kind, (), resolved)

        return compile_one

    def compile_inference(graph_module, _fake_inputs):
        nonlocal direct
        weights = _weight_placeholders(graph_module, static)
        call = compile_fx_graph(graph_module, "inference", weights, resolved)
        direct = direct_call(call, graph_module, example_inputs)
        return call

    # PyTorch's own cache does not know which backend made an entry.
    digest = hashlib.sha256(json.dumps(resolved, sort_keys=True).encode()).hexdigest()[:16]
    with torch.compiler.config.patch(cache_key_tag=f"hidet-{__version__}-{digest}"):
        wrapped = aot_autograd(
            fw_compiler=compiler("forward"),
            bw_compiler=compiler("backward"),
            inference_compiler=compile_inference,
            decompositions=decomposition_table(tuple(library.operator_names())),
            partition_fn=min_cut_rematerialization_partition,
            keep_inference_input_mutations=True,
        )(gm, example_inputs)
    return direct or wrapped


def _static_inputs(example_inputs):
    """Indices of the parameters, buffers and tensor attributes of modules.

    Empty where an input is a container: AOTAutograd then numbers the inputs otherwise.
    """
    if any(isinstance(value, (list, tuple, dict)) for value in example_inputs):
        return frozenset()
    return frozenset(
        index
        for index, value in enumerate(example_inputs)
        if isinstance(value, torch.Tensor)
        and getattr(value, "_dynamo_static_input_type", None) is not None
    )


def _weight_placeholders(gm, static):
    """Placeholders of an inference graph that are static inputs and that it does not write."""
    nodes = list(gm.graph.nodes)
    written = {node.args[0] for node in nodes if node.target is torch.ops.aten.copy_.default}
    weights = []
    for position, node in enumerate(n for n in nodes if n.op == "placeholder"):
        origin = node.meta.get("desc")
        plain = type(origin).__name__ == "PlainAOTInput"
        if plain and origin.idx in static and node not in written:
            weights.append(position)
    return weights
