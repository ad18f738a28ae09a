"""Sizes: ints and SymInts of FX metadata as ints or size-expression text.

Nothing here asks a SymInt for its truth or its value: that would add a guard to the user's graph.
"""

import sympy
import torch
from torch.utils._sympy import functions as sympy_functions


class UnsupportedGraph(Exception):
    """The graph has something that a plan cannot hold. The text is the reason."""


def expression_of(value):
    """The sympy expression of an int or a SymInt."""
    if isinstance(value, torch.SymInt):
        return value.node.expr
    return sympy.Integer(value)


def is_integer_scalar(value):
    return isinstance(value, (int, torch.SymInt)) and not isinstance(value, bool)


_OPERATORS = {
    sympy_functions.FloorDiv: "//",
    sympy_functions.CleanDiv: "//",
    sympy_functions.Mod: "%",
    sympy_functions.PythonMod: "%",
}
_FUNCTIONS = {
    sympy.Max: "max",
    sympy.Min: "min",
    sympy_functions.Max: "max",
    sympy_functions.Min: "min",
}


def text_of(expression, names):
    """Size-expression text. `names`: what each symbol is called there, by its name here."""
    if expression.is_Integer:
        return str(int(expression))
    if expression.is_Symbol:
        if expression.name not in names:
            raise UnsupportedGraph(f"no argument gives the value of {expression.name}")
        return names[expression.name]
    operands = [text_of(operand, names) for operand in expression.args]
    kind = type(expression)
    if expression.is_Add:
        return "(" + " + ".join(operands) + ")"
    if expression.is_Mul:
        return "(" + "*".join(operands) + ")"
    if kind in _OPERATORS:
        return f"(({operands[0]}){_OPERATORS[kind]}({operands[1]}))"
    if kind in _FUNCTIONS:
        return f"{_FUNCTIONS[kind]}({', '.join(operands)})"
    if expression.is_Pow or kind is sympy_functions.PowByNatural:
        _base, exponent = expression.args
        if exponent.is_Integer and 0 < int(exponent) <= 8:
            return "(" + "*".join([operands[0]] * int(exponent)) + ")"
    if kind is sympy_functions.Identity:
        return operands[0]
    raise UnsupportedGraph(f"the size {expression} has {kind.__name__}")


def size_of(value, names):
    """An int, or size-expression text."""
    expression = expression_of(value)
    return int(expression) if expression.is_Integer else text_of(expression, names)


def same_size(one, other):
    return expression_of(one) == expression_of(other)


def range_of(shape_env, symbol):
    """The inclusive (lower, upper) that the user's guards give a symbol; upper None: unbounded."""
    bounds = shape_env.var_to_range.get(symbol)
    if bounds is None:
        return 0, None
    lower = int(bounds.lower) if bounds.lower.is_Integer else 0
    upper = int(bounds.upper) if bounds.upper.is_Integer else None
    return max(lower, 0), upper if upper is None or upper < 2**62 else None


def hint_of(value):
    """The first call's value of a SymInt, for cost models; None where there is none."""
    hint = value.node._hint if isinstance(value, torch.SymInt) else value
    return int(hint) if isinstance(hint, int) else None
