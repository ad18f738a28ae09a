"""Random graphs of operators, as functions of tensors, from a seed."""

import random

import torch
from torch.nn import functional

SIZES = (2, 3, 5, 8, 16, 17, 33)
MOST_ELEMENTS = 6000
LARGEST = 1e3


class RandomGraph:
    """`graph(*graph.tensors)` are its results; `str(graph)` its text.

    What compares or rounds takes operands only, never what was computed: a step there would make
    a rounding error a large one.
    """

    def __init__(self, seed, steps):
        self._random = random.Random(seed)
        self._generator = torch.Generator().manual_seed(seed)
        # Few, so that axes of one size meet that have nothing to do with each other.
        self._sizes = [1, *self._random.sample(SIZES, 3)]
        self.tensors, self._steps = [], []
        self._of_tensor, self._values = [], []  # the position of each tensor among the values
        for _ in range(self._random.randint(1, 3)):
            self._tensor(self._shape())
        while len(self._steps) < steps:
            self._step(self._random.choice(KINDS))
        used = {i for _, _, operands in self._steps for i in operands}
        computed = [i for i in range(len(self._values)) if i not in self._of_tensor]
        last = [i for i in computed if i not in used]
        others = self._random.sample(computed, min(2, len(computed)))
        self.results = list(dict.fromkeys(last + others))

    def __call__(self, *tensors):
        values = [None] * len(self._values)
        for position, tensor in zip(self._of_tensor, tensors, strict=True):
            values[position] = tensor
        results = (i for i in range(len(values)) if values[i] is None)
        for _, function, operands in self._steps:
            values[next(results)] = function(*[values[i] for i in operands])
        return [values[i] for i in self.results]

    def __str__(self):
        lines = [
            f"%{i} = {x.dtype}{tuple(x.shape)} strides {x.stride()}"
            for i, x in zip(self._of_tensor, self.tensors, strict=True)
        ]
        results = (i for i in range(len(self._values)) if i not in self._of_tensor)
        for (text, _, operands), i in zip(self._steps, results, strict=False):
            names = ", ".join(f"%{x}" for x in operands)
            lines.append(f"%{i} = {text}({names})  # {tuple(self._values[i].shape)}")
        return "\n".join([*lines, "return " + ", ".join(f"%{i}" for i in self.results)])

    def _shape(self):
        while True:
            shape = [self._random.choice(self._sizes) for _ in range(self._random.randint(1, 4))]
            if torch.Size(shape).numel() <= MOST_ELEMENTS:
                return shape

    def _keep(self, tensor):
        self.tensors.append(tensor)
        self._of_tensor.append(len(self._values))
        self._values.append(tensor.double() if tensor.is_floating_point() else tensor)
        return len(self._values) - 1

    def _tensor(self, shape):
        """A new operand, in some layout; its position."""
        layout = self._random.randrange(4)
        if layout == 0 and len(shape) > 1:
            order = self._random.sample(range(len(shape)), len(shape))
            x = torch.randn([shape[i] for i in order], generator=self._generator)
            return self._keep(x.permute([order.index(i) for i in range(len(shape))]))
        if layout == 1:  # every other element, behind an offset
            wide = [*shape[:-1], 2 * shape[-1] + 1]
            return self._keep(torch.randn(wide, generator=self._generator)[..., 1::2])
        return self._keep(torch.randn(shape, generator=self._generator))

    def _integers(self, shape, below):
        return self._keep(torch.randint(0, below, shape, generator=self._generator))

    def _booleans(self, shape):
        return self._keep(torch.rand(shape, generator=self._generator) < 0.6)

    def _pick(self, suits=lambda x: True):
        """The position of a floating value, later ones more often; None where none suits."""
        found = [i for i, x in enumerate(self._values) if x.is_floating_point() and suits(x)]
        if not found:
            return None
        return found[max(self._random.randrange(len(found)) for _ in range(2))]

    def _step(self, kind):
        kept = len(self.tensors), len(self._values)
        made = kind(self)
        if made is not None:
            _, function, operands = made
            value = function(*[self._values[i] for i in operands])
            small = 0 < value.numel() <= MOST_ELEMENTS and value.dim() <= 5
            if small and value.isfinite().all() and value.abs().max() <= LARGEST:
                self._steps.append(made)
                self._values.append(value)
                return
        del self.tensors[kept[0] :], self._of_tensor[kept[0] :], self._values[kept[1] :]

    def axis(self, x):
        return self._random.randrange(x.dim())

    def axes(self, x):
        return self._random.sample(range(x.dim()), self._random.randint(1, x.dim()))


UNARY = {
    "sin": torch.sin,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "exp": lambda x: x.clamp(-4, 2).exp(),
    "gelu": functional.gelu,
    "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "silu": functional.silu,
    "relu": functional.relu,
    "leaky_relu": lambda x: functional.leaky_relu(x, 0.1),
    "abs": torch.abs,
    "sqrt": lambda x: (x.abs() + 1).sqrt(),
    "rsqrt": lambda x: (x.square() + 0.5).rsqrt(),
    "log1p": lambda x: x.abs().log1p(),
    "erf": torch.erf,
    "softplus": functional.softplus,
    "affine": lambda x: 1.5 - x * 0.25,
    "halve": lambda x: x / 3,
    "in_place": lambda x: x.clone().mul_(0.5).add_(1),
    "through_double": lambda x: (x.double() * 0.7).to(x.dtype),
}
BINARY = {
    "add": torch.add,
    "sub": lambda x, y: torch.sub(x, y, alpha=0.5),
    "mul": torch.mul,
    "div": lambda x, y: x / (y.abs() + 1),
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "lerp": lambda x, y: torch.lerp(x, y, 0.3),
    "hypot": lambda x, y: (x * x + y * y + 1).sqrt(),
}
REDUCTIONS = {
    "sum": torch.sum,
    "mean": torch.mean,
    "amax": torch.amax,
    "amin": torch.amin,
    "logsumexp": torch.logsumexp,
    "norm": lambda x, axes, keepdim: (x.square().sum(axes, keepdim=keepdim) + 1).sqrt(),
}


def unary(graph):
    name = graph._random.choice(list(UNARY))
    return name, UNARY[name], [graph._pick()]


def binary(graph):
    name = graph._random.choice(list(BINARY))
    i = graph._pick()
    x = graph._values[i]

    def broadcasts(y):
        pairs = zip(reversed(x.shape), reversed(y.shape), strict=False)
        return all(a in (b, 1) or b == 1 for a, b in pairs)

    if graph._random.random() < 0.3:
        some = [graph._random.choice((1, n)) for n in x.shape]
        j = graph._tensor(some[graph._random.randrange(len(some)) :] if some else [1])
    else:
        j = graph._pick(broadcasts)
    return name, BINARY[name], graph._random.sample([i, j], 2)


def where(graph):
    i = graph._pick(lambda x: x.dim() > 0)
    shape = [graph._random.choice((1, n, n)) for n in graph._values[i].shape]
    condition = graph._booleans(shape)
    if graph._random.random() < 0.5:
        return "masked_fill", lambda c, x: x.masked_fill(c, -2.0), [condition, i]
    return "where", lambda c, x: torch.where(c, x, x.sin()), [condition, i]


def view(graph):
    i = graph._pick(lambda x: x.dim() > 0)
    x = graph._values[i]
    a, b = graph.axis(x), graph.axis(x)
    n = x.shape[a]
    low = graph._random.randrange(n)
    high = graph._random.randint(low + 1, n)
    step = graph._random.randint(1, 3)
    order = graph._random.sample(range(x.dim()), x.dim())
    axes = graph.axes(x)
    width = graph._random.randint(0, 3)
    slices = (slice(None),) * a + (slice(low, high, step),)
    table = {
        f"transpose {a} {b}": lambda x: x.transpose(a, b),
        f"permute {order}": lambda x: x.permute(order),
        f"unsqueeze {a}": lambda x: x.unsqueeze(a),
        "squeeze": lambda x: x.squeeze(),
        "flatten": lambda x: x.flatten(),
        f"merge {a}": lambda x: x.flatten(a, min(a + 1, x.dim() - 1)),
        f"slice {a} {low}:{high}:{step}": lambda x: x[slices],
        f"select {a} {low}": lambda x: x.select(a, low),
        f"flip {axes}": lambda x: x.flip(axes),
        f"roll {low} {a}": lambda x: x.roll(low, a),
        f"expand {a}": lambda x: x.narrow(a, low, 1).expand_as(x),
        f"repeat {a}": lambda x: torch.cat([x] * 2, a),
        f"pad {width}": lambda x: functional.pad(x, (width, 1), value=0.5),
        f"write {a} {low}": lambda x: write(x, slices),
        f"unfold {a}": lambda x: x.unfold(a, high - low, step),
        f"split {a}": lambda x: x.unflatten(a, (-1, 2) if n % 2 == 0 else (1, n)),
        "contiguous": lambda x: x.transpose(a, b).contiguous(),
        f"chunk {a}": lambda x: x.chunk(2, a)[-1],
    }
    name = graph._random.choice(list(table))
    return name, table[name], [i]


def write(x, slices):
    y = x.clone()
    y[slices] = y[slices] * 2 + 1
    return y


def concatenate(graph):
    i = graph._pick(lambda x: x.dim() > 0)
    x = graph._values[i]
    axis = graph.axis(x)

    def fits(y):
        return y.dim() == x.dim() and all(
            m == n or d == axis for d, (m, n) in enumerate(zip(x.shape, y.shape, strict=True))
        )

    operands = [i, graph._pick(fits), graph._pick(fits)]
    if graph._random.random() < 0.3:
        return f"stack {axis}", lambda x: torch.stack([x, x.cos()], axis), [i]
    return f"cat {axis}", lambda *xs: torch.cat(xs, axis), operands


def indexed(graph):
    i = graph._pick(lambda x: x.dim() > 0)
    x = graph._values[i]
    axis = graph.axis(x)
    n, count = x.shape[axis], graph._random.choice((1, 3, 7))
    which = graph._random.randrange(5)
    if which == 0:
        at = graph._integers([count], n)
        return f"index_select {axis}", lambda x, p: x.index_select(axis, p), [i, at]
    if which == 1:
        at = graph._integers([count, 2], x.shape[0])
        return "index", lambda x, p: x[p], [i, at]
    if which == 2:
        shape = [count if d == axis else m for d, m in enumerate(x.shape)]
        at = graph._integers(shape, n)
        return f"gather {axis}", lambda x, p: x.gather(axis, p), [i, at]
    if which == 3 and x.dim() > 1:
        rows, columns = graph._integers([count], x.shape[0]), graph._integers([count], x.shape[1])
        return "index pairs", lambda x, p, q: x[p, q], [i, rows, columns]
    return f"cumsum {axis}", lambda x: x.cumsum(axis), [i]


def reduction(graph):
    i = graph._pick(lambda x: x.dim() > 0)
    x = graph._values[i]
    axes, keep = graph.axes(x), graph._random.random() < 0.5
    name = graph._random.choice(list(REDUCTIONS))
    function = REDUCTIONS[name]
    return f"{name} {axes} keep={keep}", lambda x: function(x, axes, keepdim=keep), [i]


def normalisation(graph):
    i = graph._pick(lambda x: x.dim() > 0 and x.shape[-1] > 1)
    if i is None:
        return None
    x = graph._values[i]
    axis, width = graph.axis(x), x.shape[-1:]
    weight = graph._tensor(width)
    table = {
        f"softmax {axis}": (lambda x: x.softmax(axis), [i]),
        f"log_softmax {axis}": (lambda x: x.log_softmax(axis), [i]),
        "layer_norm": (lambda x, w: functional.layer_norm(x, width, w, None, 0.1), [i, weight]),
        "rms_norm": (lambda x, w: functional.rms_norm(x, width, w, 0.1), [i, weight]),
        "var": (lambda x: x.var(-1, keepdim=True), [i]),
        "standard": (lambda x: (x - x.mean(-1, True)) / (x.std(-1, keepdim=True) + 1), [i]),
    }
    name = graph._random.choice(list(table))
    return name, *table[name]


def product(graph):
    i = graph._pick(lambda x: x.dim() > 1)
    if i is None:
        return None
    x = graph._values[i]
    k, n = x.shape[-1], graph._random.choice(graph._sizes)
    which = graph._random.randrange(5)
    scale = k**-0.5
    if which == 0:
        return "matmul", lambda x, w: x @ w * scale, [i, graph._tensor([k, n])]
    if which == 1:
        operands = [i, graph._tensor([n, k]), graph._tensor([n])]
        return "linear", lambda x, w, b: functional.linear(x, w, b) * scale, operands
    if which == 2:
        return "gram", lambda x: x @ x.transpose(-1, -2) * scale, [i]
    if which == 3:
        batch = x.shape[:-2]
        return "batched", lambda x, w: x @ w * scale, [i, graph._tensor([*batch, k, n])]
    i = graph._pick(lambda x: x.dim() == 4)
    if i is None:
        return None
    causal = graph._random.random() < 0.5
    attention = functional.scaled_dot_product_attention
    return f"attention {causal}", lambda x: attention(x, x.sin(), x, is_causal=causal), [i]


KINDS = [
    unary, unary, unary, binary, binary, binary, where, view, view, view, concatenate, indexed,
    reduction, reduction, normalisation, product, product,
]  # fmt: skip
