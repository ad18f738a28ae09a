"""Functions of tensors compiled without Dynamo, and compared with eager and with float64."""

import contextlib
import warnings

import torch
from functorch.compile import aot_function, min_cut_rematerialization_partition
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

from hidet_torch.compile import compile_fx_graph
from hidet_torch.decompositions import decomposition_table
from hidet_torch.library import load
from hidet_torch.options import resolve

OPTIONS = resolve({"strict": True, "progress": False})


def compile_function(function, seen=None):
    """`function(*tensors) -> [tensors]` by AOTAutograd alone; `seen`: gets operators' names."""
    rows = tuple(load().operator_names())

    def compiler(kind):
        def compile_one(gm, _inputs):
            if seen is not None:
                seen.update(names_of(gm))
            return compile_fx_graph(gm, kind, (), OPTIONS)

        return compile_one

    return aot_function(
        function,
        fw_compiler=compiler("forward"),
        bw_compiler=compiler("backward"),
        decompositions=decomposition_table(rows),
        partition_fn=min_cut_rematerialization_partition,
        keep_inference_input_mutations=True,
    )


def names_of(gm):
    for node in gm.graph.nodes:
        if isinstance(node.target, torch._ops.OpOverload):
            schema = node.target._schema
            overload = schema.overload_name
            yield f"{schema.name}.{overload}" if overload else schema.name


class Call:
    """One call of an operator: a function of its tensors, the other arguments held."""

    def __init__(self, name, function, arguments, keywords=None):
        self.name = name
        self._function = function
        self._flat, self._structure = tree_flatten((arguments, keywords or {}))
        self._positions = [i for i, x in enumerate(self._flat) if isinstance(x, torch.Tensor)]
        self.tensors = [self._flat[i].detach() for i in self._positions]
        # Views of operands are made outside of a graph; what is computed from them is inside.
        self._views = set()
        results = self._results(self.tensors)
        memory = {x.untyped_storage().data_ptr() for x in self.tensors}
        self._views = {i for i, x in enumerate(results) if x.untyped_storage().data_ptr() in memory}

    def _results(self, tensors):
        flat = list(self._flat)
        for position, tensor in zip(self._positions, tensors, strict=True):
            flat[position] = tensor
        arguments, keywords = tree_unflatten(flat, self._structure)
        result = self._function(*arguments, **keywords)
        return [x for x in tree_leaves(result) if isinstance(x, torch.Tensor)]

    def __call__(self, tensors):
        return [changed(x) if i in self._views else x for i, x in enumerate(self._results(tensors))]

    @property
    def differentiable(self):
        """The tensors that may have a gradient, by index."""
        return [i for i, x in enumerate(self.tensors) if x.is_floating_point() and x.numel()]


def changed(x):
    return x.logical_not() if x.dtype == torch.bool else x * 2


def many(calls):
    """One function of all tensors of all calls, and those tensors."""
    counts = [len(call.tensors) for call in calls]

    def function(*tensors):
        results, start = [], 0
        for call, count in zip(calls, counts, strict=True):
            results += call(tensors[start : start + count])
            start += count
        return results

    return function, [x for call in calls for x in call.tensors]


def wide(tensors):
    return [x.double() if x.is_floating_point() else x for x in tensors]


def moved(tensors):
    """Wide, and each number moved by a rounding of its own dtype."""
    generator = torch.Generator().manual_seed(2)

    def move(x):
        sign = torch.randint(0, 2, x.shape, generator=generator).double().to(x.device) * 2 - 1
        return x.double() * (1 + torch.finfo(x.dtype).eps * sign)

    return [move(x) if x.is_floating_point() else x for x in tensors]


def check_forward(calls, seen=None, floor=0):
    function, tensors = many(calls)
    with torch.no_grad(), quiet():
        actual = compile_function(function, seen)(*tensors)
        actual = iter(actual)
        for call in calls:
            eager = call(call.tensors)
            reference = reference_of(call, wide, eager)
            shaken = reference_of(call, moved, reference)
            for i, (e, r, m) in enumerate(zip(eager, reference, shaken, strict=True)):
                a = next(actual)
                assert_right(a, e, (r, m), f"{call.name}, result {i}", floor)
                assert same_strides(a, e) or same_strides(a, traced_of(call)[i]), (
                    call.name, i, a.shape, a.stride(), e.stride()
                )  # fmt: skip


def traced_of(call):
    """Results without numbers: where axes have one element, PyTorch's tracing has other strides."""
    with FakeTensorMode() as mode:
        return call([mode.from_tensor(x) for x in call.tensors])


def reference_of(call, change, eager):
    try:
        results = call(change(call.tensors))
    except (RuntimeError, TypeError, ValueError):  # the operator has no float64, or mixes types
        return eager
    same = len(results) == len(eager) and all(
        r.shape == e.shape for r, e in zip(results, eager, strict=True)
    )
    return results if same else eager


def check_backward(calls, seen=None, floor=0):
    """Gradients of all differentiable operands, the incoming ones random."""
    calls = [call for call in calls if call.differentiable]
    expected = [_gradients(call, call, call.tensors) for call in calls]
    kept = [i for i, found in enumerate(expected) if found is not None]
    calls, expected = [calls[i] for i in kept], [expected[i] for i in kept]
    if not calls:
        return
    function, _ = many(calls)
    leaves = [_leaves(call, call.tensors) for call in calls]
    with quiet():
        results = compile_function(function, seen)(*[x for group in leaves for x in group])
        start, outputs, incoming = 0, [], []
        for call in calls:
            count = len(call(call.tensors))
            some = [x for x in results[start : start + count] if _has_gradient(x)]
            start += count
            outputs += some
            incoming += _incoming(some)
        wanted = [g[i] for g, call in zip(leaves, calls, strict=True) for i in call.differentiable]
        actual = iter(torch.autograd.grad(outputs, wanted, incoming, allow_unused=True))
        for call, eager in zip(calls, expected, strict=True):
            reference = _gradients(call, call, wide(call.tensors)) or eager
            shaken = _gradients(call, call, moved(call.tensors)) or reference
            for i, e, r, m in zip(call.differentiable, eager, reference, shaken, strict=True):
                a = next(actual)
                if e is None:
                    assert a is None or not a.any(), (call.name, i)
                    continue
                a = torch.zeros_like(e) if a is None else a
                assert_right(a, e, (r, m), f"{call.name}, gradient {i}", floor)


def _has_gradient(x):
    return x.requires_grad and x.is_floating_point()


def _incoming(results):
    """The same numbers for every dtype."""
    generator = torch.Generator().manual_seed(1)
    return [torch.rand(x.shape, generator=generator).to(x) + 0.5 for x in results]


def _leaves(call, tensors):
    marked = set(call.differentiable)
    # clone() keeps strides, but not those of expanded tensors: their gradient would be another.
    return [x.detach().requires_grad_(i in marked) for i, x in enumerate(tensors)]


def _gradients(call, function, tensors):
    """None where there is nothing to differentiate."""
    leaves = _leaves(call, tensors)
    with quiet():
        try:
            outputs = [x for x in function(leaves) if _has_gradient(x)]
            if not outputs:
                return None
            wanted = [leaves[i] for i in call.differentiable]
            return torch.autograd.grad(outputs, wanted, _incoming(outputs), allow_unused=True)
        except (RuntimeError, NotImplementedError):
            return None


@contextlib.contextmanager
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def same_strides(a, b):
    """Strides of axes that have one element, or of tensors that have none, mean nothing."""
    if a.numel() == 0:
        return True
    return all(n == 1 or s == t for n, s, t in zip(a.shape, a.stride(), b.stride(), strict=True))


def assert_right(actual, eager, references, name, floor=0):
    """As near to float64 as eager is, but for a small factor and a few roundings.

    `references`: float64's result, and that of operands moved by one rounding, which says what a
    rounding costs where eager happens to make none. `floor`: an error that is always allowed, in
    roundings of the largest result or of 1; for what is computed from such numbers and cancels.
    """
    reference, shaken = references
    assert actual.dtype == eager.dtype, (name, actual.dtype, eager.dtype)
    assert actual.shape == eager.shape, (name, actual.shape, eager.shape)
    assert actual.device == eager.device, name
    if not actual.is_floating_point() or not reference.is_floating_point():
        assert torch.equal(actual, eager), (name, actual, eager)
        return
    epsilon = torch.finfo(actual.dtype).eps
    tiny = torch.finfo(actual.dtype).tiny
    a, e, r, m = (x.detach().double().flatten() for x in (actual, eager, reference, shaken))
    same = (a == e) | (a.isnan() & e.isnan())
    # What overflows in one of them only is compared with neither.
    known = e.isfinite() & r.isfinite()
    assert (same | known | (a - r).abs().le(4 * epsilon * r.abs())).all(), (name, actual, eager)
    assert a[known].isfinite().all(), (name, actual, eager)
    own, theirs, size = (a - r).abs()[known], (e - r).abs()[known], r.abs()[known]
    if own.numel() == 0:
        return
    # A larger step is one of a discontinuous function, and no rounding.
    cost = (m - r).abs()[known].nan_to_num(0, 0)
    theirs = torch.maximum(theirs, torch.where(cost <= 2**10 * epsilon * size.max(), cost, 0))
    allowed = 4 * theirs.max() + 4 * epsilon * size + tiny
    relative = theirs / size.clamp_min(tiny)
    if relative.max() < 64 * epsilon:  # well conditioned: small numbers are right, too
        allowed = torch.minimum(allowed, (4 * relative.max() + 4 * epsilon) * size + tiny)
    allowed = allowed.clamp_min(floor * epsilon * size.max().clamp_min(1))
    wrong = (own > allowed) & ~same[known]
    if wrong.any():
        i = int((own / allowed * wrong).argmax())
        values = (a[known][i].item(), e[known][i].item(), r[known][i].item())
        raise AssertionError(f"{name}: {int(wrong.sum())} wrong, such as {values}")
