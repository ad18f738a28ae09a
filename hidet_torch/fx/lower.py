"""One pass over an FX graph of AOTAutograd: every node becomes a call of the graph builder."""

import dataclasses
import operator

import torch
from torch._subclasses.fake_tensor import FakeTensor

from .arguments import DTYPE_NAMES, convert, schema_order
from .sizes import (
    UnsupportedGraph,
    expression_of,
    hint_of,
    is_integer_scalar,
    range_of,
    same_size,
    size_of,
)


@dataclasses.dataclass
class Lowered:
    """A filled builder, the tensors that follow the arguments, and what each result is."""

    builder: object
    constants: list
    # Per result of the FX graph: None, ("tensor",) for the next tensor of the plan, or
    # ("size", int or size-expression text).
    results: list


def lower(gm, builder, weights=()):
    """Fills `builder`. `weights`: indices of the placeholders that stay unchanged between calls.

    Raises UnsupportedGraph where a plan cannot hold the graph; `gm` is left as it was.
    """
    return _Lowering(gm, builder, frozenset(weights)).run()


class _Lowering:
    def __init__(self, gm, builder, weights):
        self._gm = gm
        self._builder = builder
        self._weights = weights
        # FX node -> value id, None, or a nested list of them for several results.
        self._values = {}
        self._placeholders = set()
        self._constants = []
        self._constant_ids = {}
        # What the builder calls each symbol that an argument binds, by its name in the FX graph.
        self._symbols = {}

    def run(self):
        nodes = list(self._gm.graph.nodes)
        placeholders = [node for node in nodes if node.op == "placeholder"]
        self._declare_symbols(placeholders)
        for index, node in enumerate(placeholders):
            self._placeholder(index, node)
        # Constants are inputs behind the arguments of the call.
        for node in nodes:
            if node.op == "get_attr":
                self._get_attr(node)
        results = []
        for node in nodes:
            if node.op == "call_function":
                self._call(node)
            elif node.op == "output":
                results = self._output(node)
            elif node.op not in ("placeholder", "get_attr"):
                raise UnsupportedGraph(f"the node {node} is a {node.op}")
        return Lowered(self._builder, self._constants, results)

    def _declare_symbols(self, placeholders):
        """Every symbol that an argument binds: an integer argument, or a dimension of a tensor."""
        for node in placeholders:
            meta = node.meta.get("val")
            sizes = [meta] if isinstance(meta, torch.SymInt) else []
            if isinstance(meta, torch.Tensor):
                sizes = [size for size in meta.shape if isinstance(size, torch.SymInt)]
            for size in sizes:
                symbol = expression_of(size)
                if not symbol.is_Symbol or symbol.name in self._symbols:
                    continue
                lower, upper = range_of(size.node.shape_env, symbol)
                index = self._builder.symbol(symbol.name, lower, upper, hint_of(size))
                self._symbols[symbol.name] = f"s{index}"

    def _size(self, value):
        return size_of(value, self._symbols)

    def _tensor(self, meta, name):
        """(dtype name, shape, strides, device)."""
        if type(meta) not in (FakeTensor, torch.Tensor, torch.nn.Parameter):
            raise UnsupportedGraph(f"{name} is a {type(meta).__name__}")
        if meta.layout is not torch.strided:
            raise UnsupportedGraph(f"{name} is a tensor of layout {meta.layout}")
        if meta.device.type not in ("cpu", "cuda"):
            raise UnsupportedGraph(f"{name} is a tensor on {meta.device}")
        dtype = DTYPE_NAMES.get(meta.dtype, "opaque")
        shape = [self._size(size) for size in meta.shape]
        strides = [self._size(stride) for stride in meta.stride()]
        return (dtype, shape, strides, str(meta.device))

    def _placeholder(self, index, node):
        meta = node.meta.get("val")
        self._placeholders.add(node)
        if isinstance(meta, torch.Tensor):
            tensor = self._tensor(meta, node.name)
            self._values[node] = self._builder.input(node.name, tensor, index in self._weights)
        elif is_integer_scalar(meta):
            symbol = expression_of(meta)
            self._builder.integer(self._symbols.get(symbol.name) if symbol.is_Symbol else None)
            self._values[node] = None
        elif meta is None:
            self._builder.integer(None)
            self._values[node] = None
        else:
            raise UnsupportedGraph(f"the argument {node.name} is a {type(meta).__name__}")

    def _get_attr(self, node):
        if node.target not in self._constant_ids:
            value = operator.attrgetter(node.target)(self._gm)
            if not isinstance(value, torch.Tensor):
                raise UnsupportedGraph(f"the constant {node.target} is a {type(value).__name__}")
            self._constants.append(value)
            self._constant_ids[node.target] = self._builder.input(
                node.name, self._tensor(value, node.name), True
            )
        self._values[node] = self._constant_ids[node.target]
        node.meta.setdefault("val", operator.attrgetter(node.target)(self._gm))

    def _value_of(self, node):
        value = self._values[node]
        if not isinstance(value, int):
            raise UnsupportedGraph(f"{node} is no single tensor")
        return value

    def _call(self, node):
        meta = node.meta.get("val")
        if node.target is operator.getitem:
            self._values[node] = self._values[node.args[0]][node.args[1]]
            return
        if isinstance(meta, (int, float, bool, torch.SymInt, torch.SymFloat, torch.SymBool)):
            # Arithmetic on sizes: its value is in the metadata of each use.
            self._values[node] = None
            return
        if not isinstance(node.target, torch._ops.OpOverload):
            raise UnsupportedGraph(f"{node.target} is no operator")
        if self._copy_into_argument(node):
            return
        schema = node.target._schema
        if schema.is_mutable:
            raise UnsupportedGraph(f"{node.target} changes its operands")
        arguments = [convert(value, self._value_of, self._size) for _, value in schema_order(node)]
        flat = []
        structure = self._flatten(meta, flat, node.name)
        name = f"{schema.name}.{schema.overload_name}" if schema.overload_name else schema.name
        ids = self._builder.call(name, arguments, flat, node.name)
        self._values[node] = _fill(structure, iter(ids))

    def _copy_into_argument(self, node):
        if node.target is not torch.ops.aten.copy_.default:
            return False
        destination, source = node.args[0], node.args[1]
        if destination not in self._placeholders or not isinstance(source, torch.fx.Node):
            raise UnsupportedGraph("a copy_ into something that is no argument")
        old, new = destination.meta["val"], source.meta["val"]
        same = old.dtype == new.dtype and old.dim() == new.dim()
        if not (same and all(map(same_size, old.shape, new.shape))):
            raise UnsupportedGraph("a copy_ that converts or broadcasts")
        self._builder.mutate(self._value_of(destination), self._value_of(source))
        self._values[node] = self._values[source]
        return True

    def _flatten(self, meta, flat, name):
        """Appends the tensors of a result to `flat`; True stands for each in the structure."""
        if isinstance(meta, torch.Tensor):
            flat.append(self._tensor(meta, name))
            return True
        if isinstance(meta, (list, tuple)):
            return [self._flatten(element, flat, name) for element in meta]
        if meta is None or is_integer_scalar(meta):
            flat.append(None)
            return True
        raise UnsupportedGraph(f"a result of {name} is a {type(meta).__name__}")

    def _output(self, node):
        results = []
        for value in node.args[0]:
            if value is None:
                results.append(None)
            elif isinstance(value, torch.fx.Node) and isinstance(self._values[value], int):
                self._builder.output(self._values[value])
                results.append(("tensor",))
            else:
                scalar = value.meta["val"] if isinstance(value, torch.fx.Node) else value
                if not is_integer_scalar(scalar):
                    raise UnsupportedGraph(f"a result is a {type(scalar).__name__}")
                results.append(("size", self._size(scalar)))
        return results


def _fill(structure, ids):
    if isinstance(structure, list):
        return [_fill(element, ids) for element in structure]
    return next(ids)
