"""Arguments of FX nodes, in schema order, as the plain values that the compiler's graph takes."""

import torch

from .sizes import UnsupportedGraph

# Names of csrc/base/dtypes.def. A tensor of another dtype may only meet ATen calls.
DTYPE_NAMES = {
    torch.bool: "b8",
    torch.uint8: "u8",
    torch.int8: "i8",
    torch.int16: "i16",
    torch.int32: "i32",
    torch.int64: "i64",
    torch.uint16: "u16",
    torch.uint32: "u32",
    torch.uint64: "u64",
    torch.float16: "f16",
    torch.bfloat16: "bf16",
    torch.float32: "f32",
    torch.float64: "f64",
}


def schema_order(node):
    """[(schema argument, value)] of a call of an OpOverload, defaults filled in."""
    arguments = node.target._schema.arguments
    pairs = []
    for index, argument in enumerate(arguments):
        if index < len(node.args) and not argument.kwarg_only:
            value = node.args[index]
        elif argument.name in node.kwargs:
            value = node.kwargs[argument.name]
        elif argument.has_default_value():
            value = argument.default_value
        else:
            raise UnsupportedGraph(f"{node.target} has no value for its argument {argument.name}")
        pairs.append((argument, value))
    return pairs


def convert(value, value_of, size_of):
    """One argument.

    None, bool, int, float, str and lists stay what they are; the rest becomes a tagged tuple:
    ("tensor", id), ("size", text), ("dtype" | "layout" | "memory_format" | "device", text).
    `value_of` gives the id of an FX node's tensor, `size_of` an int or the text of a size.
    """
    if isinstance(value, torch.fx.Node):
        meta = value.meta.get("val")
        if isinstance(meta, torch.Tensor):
            return ("tensor", value_of(value))
        if isinstance(meta, (torch.SymInt, int)):
            size = size_of(meta)
            return ("size", size) if isinstance(size, str) else size
        raise UnsupportedGraph(f"the argument {value} is a {type(meta).__name__}")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, torch.SymInt):
        size = size_of(value)
        return ("size", size) if isinstance(size, str) else size
    if isinstance(value, (list, tuple)):
        return [convert(element, value_of, size_of) for element in value]
    if isinstance(value, torch.dtype):
        return ("dtype", str(value).removeprefix("torch."))
    if isinstance(value, torch.layout):
        return ("layout", str(value).removeprefix("torch."))
    if isinstance(value, torch.memory_format):
        return ("memory_format", str(value).removeprefix("torch."))
    if isinstance(value, torch.device):
        return ("device", str(value))
    raise UnsupportedGraph(f"an argument is a {type(value).__name__}")
