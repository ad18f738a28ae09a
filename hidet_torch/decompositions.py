"""Which operators reach the compiler whole, and which as what PyTorch says they are made of."""

import functools

import torch
from torch._decomp import core_aten_decompositions

# One good kernel in ATen; in pieces they are many calls, of which none fuses with the others.
_WHOLE_FOR_ATEN = (
    "aten::_adaptive_avg_pool2d",
    "aten::_batch_norm_with_update_functional",
    "aten::_fused_rms_norm",
    "aten::_fused_rms_norm_backward",
    "aten::_native_batch_norm_legit_functional",
    "aten::_scaled_dot_product_flash_attention_for_cpu",
    "aten::_upsample_bilinear2d_aa",
    "aten::col2im",
    "aten::embedding_dense_backward",
    "aten::grid_sampler_2d",
    "aten::im2col",
    "aten::max_pool2d_with_indices_backward",
    "aten::multi_head_attention_forward",
    "aten::native_batch_norm",
    "aten::native_batch_norm_backward",
    "aten::native_dropout",
    "aten::native_dropout_backward",
    "aten::native_group_norm",
    "aten::native_group_norm_backward",
    "aten::upsample_bicubic2d",
    "aten::upsample_bilinear2d",
    "aten::upsample_nearest2d",
)


@functools.cache
def decomposition_table(rows):
    """PyTorch's core table, less the operators of `rows` (names as "aten::add.Tensor")."""
    keep = set(_WHOLE_FOR_ATEN)
    exact = set(rows)
    table = {}
    for overload, function in core_aten_decompositions().items():
        schema = getattr(overload, "_schema", None)
        if not isinstance(overload, torch._ops.OpOverload) or schema is None:
            continue
        full = f"{schema.name}.{schema.overload_name}" if schema.overload_name else schema.name
        if schema.name not in keep and full not in exact:
            table[overload] = function
    return table
