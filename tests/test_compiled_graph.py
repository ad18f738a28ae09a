"""The second door: torch.classes.hidet.CompiledGraph and torch.ops.hidet.run."""

import copy
import io
import pickle
import warnings

import pytest
import torch
from helpers import STRICT
from torch._subclasses.fake_tensor import FakeTensorMode

from hidet_torch.explanation import compile_and_listen
from hidet_torch.library import load

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def function(x, y):
    return torch.relu(x @ y) + 1, x.sum(0)


def compiled_graphs_of(function, *inputs, **keywords):
    with torch.no_grad():
        _, compilations = compile_and_listen(function, inputs, **keywords)
    return [compilation.callable for compilation in compilations]


@pytest.fixture(scope="module")
def graph(kernel_cache):
    load()
    [compiled] = compiled_graphs_of(function, *inputs(), options=STRICT)
    return compiled


def inputs():
    generator = torch.Generator().manual_seed(5)
    return [torch.randn(4, 6, generator=generator), torch.randn(6, 3, generator=generator)]


def assert_right(results):
    torch.testing.assert_close(tuple(results), function(*inputs()))


def test_both_doors_give_the_same_bits(graph):
    through_list = graph(inputs())
    through_op = torch.ops.hidet.run(graph.script_object, inputs())
    through_method = graph.script_object.run(inputs())
    assert_right(through_list)
    for other in (through_op, through_method):
        assert all(map(torch.equal, through_list, other))


def test_the_list_is_emptied(graph):
    arguments = inputs()
    graph(arguments)
    assert arguments == []
    assert graph._boxed_call is True


def test_wrong_calls_are_clear_errors(graph):
    with pytest.raises(TypeError, match="list"):
        graph(inputs()[0])
    with pytest.raises(TypeError, match="2 arguments"):
        graph(inputs()[:1])
    with pytest.raises(TypeError, match="argument 1"):
        graph([inputs()[0], "x"])
    with pytest.raises((RuntimeError, TypeError, ValueError), match=r"shape|size"):
        graph([torch.ones(4, 6), torch.ones(7, 3)])
    with pytest.raises((RuntimeError, TypeError, ValueError), match=r"dtype|float64|Double|f64"):
        graph([torch.ones(4, 6).double(), torch.ones(6, 3)])
    assert_right(graph(inputs()))


def test_tensors_without_memory_are_clear_errors(graph):
    fake = [FakeTensorMode().from_tensor(tensor) for tensor in inputs()]
    freed = inputs()
    freed[1].untyped_storage().resize_(0)
    for tensors in (fake, freed):
        with pytest.raises((RuntimeError, ValueError), match="no memory"):
            graph.script_object.run(tensors)
        with pytest.raises(ValueError, match="no memory"):
            graph(list(tensors))


def test_a_call_of_pytorch_that_gives_no_memory_is_a_clear_error():
    def sorted_first(x):
        return torch.sort(x)[0] * 2

    x = torch.randn(4, 6)
    [compiled] = compiled_graphs_of(sorted_first, x, options=STRICT)
    with pytest.raises((RuntimeError, ValueError), match="no memory"):
        compiled.script_object.run([FakeTensorMode().from_tensor(x)])
    [actual] = compiled.script_object.run([x])
    torch.testing.assert_close(actual, sorted_first(x))


def test_lazy_tensors_are_resolved(graph):
    x, y = inputs()
    negated, zero = torch._neg_view(x), torch._efficientzerotensor((6, 3))
    for tensors in ((negated, y), (x, zero), (negated, zero)):
        expected = function(*(tensor + 0 for tensor in tensors))
        for run in (graph.script_object.run, graph):
            torch.testing.assert_close(tuple(run(list(tensors))), expected)
    # Here PyTorch resolves them; zeros to a view of one element.
    actual = torch.ops.hidet.run(graph.script_object, [negated, y])
    torch.testing.assert_close(tuple(actual), function(negated, y))
    with pytest.raises(ValueError, match="stride"):
        torch.ops.hidet.run(graph.script_object, [x, zero])


def test_pytorch_checks_the_operator(graph):
    # The other checks of PyTorch compare arguments, which script objects do not take.
    utils = ("test_autograd_registration", "test_faketensor")
    run = torch.ops.hidet.run.default
    torch.library.opcheck(run, (graph.script_object, inputs()), test_utils=utils)


class Module(torch.nn.Module):
    def __init__(self, script_object):
        super().__init__()
        self.compiled = script_object

    def forward(self, x, y):
        return torch.ops.hidet.run(self.compiled, [x, y])


@pytest.mark.parametrize("make", [torch.jit.script, lambda m: torch.jit.trace(m, tuple(inputs()))])
def test_torchscript_archive(graph, make):
    file = io.BytesIO()
    torch.jit.save(make(Module(graph.script_object)), file)
    file.seek(0)
    loaded = torch.jit.load(file)
    for _ in range(2):
        assert_right(loaded(*inputs()))


def test_copies(graph):
    assert_right(copy.deepcopy(graph.script_object).run(inputs()))
    assert_right(pickle.loads(pickle.dumps(graph.script_object)).run(inputs()))


def test_bytes_that_are_no_graph():
    for contents in (b"", b"not a graph", bytes(200)):
        data = torch.frombuffer(bytearray(contents or b"x"), dtype=torch.uint8)
        with pytest.raises(RuntimeError, match="compiled graph"):
            torch.classes.hidet.CompiledGraph(data, [])


def test_truncated_bytes(graph):
    artifact = graph.script_object.artifact()
    for length in (artifact.numel() - 1, artifact.numel() // 2, 8):
        with pytest.raises(RuntimeError):
            torch.classes.hidet.CompiledGraph(artifact[:length].clone(), [])
    altered = artifact.clone()
    altered[artifact.numel() // 2] ^= 1
    with pytest.raises(RuntimeError):
        torch.classes.hidet.CompiledGraph(altered, [])


def test_shapes_are_known_without_numbers(graph):
    module = Module(graph.script_object)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exported = torch.export.export(module, tuple(inputs()))
    with FakeTensorMode() as mode:
        fakes = [mode.from_tensor(value) for value in inputs()]
    assert len(fakes) == 2
    [call] = [n for n in exported.graph.nodes if n.op == "call_function" and "run" in str(n.target)]
    metas = call.meta["val"]
    assert [tuple(meta.shape) for meta in metas] == [(4, 3), (6,)]
    assert_right(exported.module()(*inputs()))


def test_inside_another_compiled_function(graph):
    def outer(x, y):
        first, second = torch.ops.hidet.run(graph.script_object, [x * 1, y])
        return first * 2, second

    torch._dynamo.reset()
    first, second = torch.compile(outer, backend="aot_eager", fullgraph=True)(*inputs())
    assert_right((first / 2, second))


def test_symbolic_sizes_bind_from_the_tensors():
    def rows(x):
        return torch.cat([x, x + 1], dim=0) * 2

    graphs = compiled_graphs_of(rows, torch.randn(5, 4), options=STRICT, dynamic=True)
    for size in ((5, 4), (7, 3)):
        x = torch.randn(*size)
        [actual] = torch.ops.hidet.run(graphs[-1].script_object, [x])
        torch.testing.assert_close(actual, rows(x))
