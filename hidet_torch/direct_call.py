"""A graph called by Dynamo itself, where AOTAutograd's wrapper around it has nothing to do."""

import torch
from torch.utils._python_dispatch import is_traceable_wrapper_subclass


def direct_call(call, gm, example_inputs):
    """A function of the inputs one by one, equal to AOTAutograd's function around `call`.

    call: what `gm`, an inference graph, was compiled to. example_inputs: of Dynamo's graph.
    To be asked for while AOTAutograd compiles `gm`. None where its wrapper is needed: it writes
    inputs, makes views of them, hands on keys and states, takes subclasses of tensors apart.
    """
    context = torch._guards.TracingContext.try_get()
    metadata = context.fw_metadata if context else None
    if (
        metadata is None
        or _wrapper_has_work(metadata)
        or not all(map(_is_plain, example_inputs))
        or not _takes_the_inputs_as_they_are(gm, len(example_inputs))
    ):
        return None
    return getattr(call, "direct", None)


def _is_plain(value):
    if isinstance(value, torch.Tensor):
        return not is_traceable_wrapper_subclass(value)
    return isinstance(value, (int, torch.SymInt))


def _wrapper_has_work(metadata):
    return bool(
        any(info.mutates_data or info.mutates_metadata for info in metadata.input_info)
        or metadata.num_mutated_inp_runtime_indices
        or metadata.num_outputs_aliased
        or metadata.num_intermediate_bases
        or metadata.dynamic_outputs
        or metadata.tokens
        or metadata.is_rng_op_functionalized
        or metadata.num_graphsafe_rng_states
        or metadata.grad_enabled_mutation is not None
    )


def _takes_the_inputs_as_they_are(gm, count):
    """All of them, once each, in order, and no parameter that AOTAutograd would put in."""
    origins = [node.meta.get("desc") for node in gm.graph.nodes if node.op == "placeholder"]
    return len(origins) == count and all(
        type(origin).__name__ == "PlainAOTInput" and origin.idx == index
        for index, origin in enumerate(origins)
    )
