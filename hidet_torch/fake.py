"""What torch.export and torch.compile see of a compiled graph: shapes and strides, no numbers."""

import ast
import json

import torch

_BINARY = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
}
_CALLS = {
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "max": torch.sym_max,
    "min": torch.sym_min,
}


def evaluate_size(text, symbols):
    """A size expression over ints or SymInts. ValueError for any other text."""

    def value(node):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return node.value
        if isinstance(node, ast.Name) and node.id in symbols:
            return symbols[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return _BINARY[type(node.op)](value(node.left), value(node.right))
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if is_call and node.func.id in _CALLS and len(node.args) == 2 and not node.keywords:
            return _CALLS[node.func.id](*map(value, node.args))
        raise ValueError(f"{text!r} is no size expression")

    return value(ast.parse(text.strip(), mode="eval").body)


def empty_results(signature, inputs):
    """Tensors with the shapes, strides, dtypes and devices of the results.

    `signature`: JSON with "symbols": [[name, argument, dimension]] and "results":
    [[dtype, device, [size text], [stride text]]].
    """
    described = json.loads(signature)
    symbols = {
        name: inputs[argument].shape[dimension]
        for name, argument, dimension in described["symbols"]
    }
    return [
        torch.empty_strided(
            [evaluate_size(text, symbols) for text in shape],
            [evaluate_size(text, symbols) for text in strides],
            dtype=getattr(torch, dtype),
            device=device,
        )
        for dtype, device, shape, strides in described["results"]
    ]


@torch._library.register_fake_class("hidet::CompiledGraph")
class FakeCompiledGraph:
    """Attributes: what `__obj_flatten__` names. None has the name of a method of the real class."""

    def __init__(self, artifact_bytes, constant_tensors, signature_text):
        self.artifact_bytes = artifact_bytes
        self.constant_tensors = constant_tensors
        self.signature_text = signature_text

    @classmethod
    def __obj_unflatten__(cls, flat):
        return cls(**dict(flat))

    def signature(self):
        return self.signature_text

    def artifact(self):
        return self.artifact_bytes

    def run(self, inputs):
        return empty_results(self.signature_text, inputs)


@torch.library.register_fake("hidet::run")
def _run(graph, inputs):
    # A real graph, too, may be called with fake tensors.
    return empty_results(graph.signature(), inputs)
