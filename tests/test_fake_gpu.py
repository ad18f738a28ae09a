"""CUDA tensors where there is no GPU: what a compiled graph asks PyTorch and the driver for.

Tensors are PyTorch's, "on cuda", in the process's own memory; the driver writes launches down and
runs none, so results are not looked at.
"""

import pathlib
import struct
import subprocess
import sys
import warnings

import pytest
import torch
from fake_gpu import FakeGpu
from helpers import compile_strict
from test_cuda_target import Mixed, needs_nvrtc

import hidet_torch
from hidet_torch.library import load

pytestmark = [
    pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU: tests/gpu has the tests"),
    needs_nvrtc,
]


@pytest.fixture(scope="session")
def installed_gpu(tmp_path_factory):
    return FakeGpu(tmp_path_factory.mktemp("fake_gpu"))


@pytest.fixture
def gpu(installed_gpu, monkeypatch):
    load()
    monkeypatch.setenv("HIDET_LIBCUDA", installed_gpu.driver_file)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: (9, 0))
    installed_gpu.reset()
    yield installed_gpu
    installed_gpu.reset()


def arguments_of(launch):
    """The 64-bit arguments of a line of the driver's log."""
    words = launch[launch.index("arguments") + 1 :]
    return [struct.unpack("<Q", bytes.fromhex(word))[0] for word in words]


def word_behind(launch, name):
    return launch[launch.index(name) + 1]


def test_a_model_runs_on_the_device_of_its_tensors(gpu):
    model = gpu.module_to_gpu(Mixed().eval())
    x = gpu.to_gpu(torch.randn(2, 37, 48))
    compiled = compile_strict(model)
    with torch.no_grad():
        first, second = compiled(x)
        assert first.device == second.device == x.device
        assert first.shape == (2, 37, 48)
        before = len(gpu.launches())
        assert before > 0
        gpu.set_stream(0, 5)
        again, _ = compiled(x)
    launches = gpu.launches()
    # The first call also prepared the weights.
    assert 0 < len(launches) - before <= before
    assert {word_behind(launch, "device") for launch in launches} == {"0"}
    assert {word_behind(launch, "stream") for launch in launches[:before]} == {"100"}
    assert {word_behind(launch, "stream") for launch in launches[before:]} == {"105"}
    assert any(again.data_ptr() in arguments_of(launch) for launch in launches[before:])
    assert any(x.data_ptr() in arguments_of(launch) for launch in launches[before:])


def test_the_second_device_has_launches_and_memory_of_its_own(gpu):
    compiled = compile_strict(lambda x: torch.softmax(x * 2, -1))
    for device in (0, 1):
        x = gpu.to_gpu(torch.randn(5, 7), device)
        assert compiled(x).device.index == device
    devices = [word_behind(launch, "device") for launch in gpu.launches()]
    streams = [word_behind(launch, "stream") for launch in gpu.launches()]
    assert devices == ["0", "1"]
    assert streams == ["100", "200"]
    assert gpu.counts()[2] == 0  # the current device is as it was


def test_later_calls_wait_for_nothing_and_load_nothing(gpu):
    model = gpu.module_to_gpu(Mixed().eval())
    x = gpu.to_gpu(torch.randn(2, 37, 48))
    compiled = compile_strict(model)
    with torch.no_grad():
        compiled(x)
        before = len(gpu.log())
        live = gpu.counts()[1]
        with gpu.capture():
            compiled(x)
    assert {line.split()[0] for line in gpu.log()[before:]} == {"launch"}
    assert gpu.counts()[1] == live  # results and the arena are back


def test_a_capture_of_the_first_call_is_refused(gpu):
    x = gpu.to_gpu(torch.randn(5, 7))
    compiled = compile_strict(lambda x: torch.sin(x) + 1)
    with gpu.capture(), pytest.raises(RuntimeError, match="has to be called once before"):
        compiled(x)
    assert compiled(x).shape == (5, 7)


def test_a_changed_weight_is_prepared_again(gpu):
    model = gpu.module_to_gpu(torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU())).eval()
    # A constant: the sum of two weights.
    model.register_buffer("a", gpu.to_gpu(torch.ones(16)))
    model.register_buffer("b", gpu.to_gpu(torch.ones(16)))
    x = gpu.to_gpu(torch.randn(3, 8))

    def function(x):
        return model(x) * torch.exp(model.a + model.b)

    compiled = compile_strict(function)
    with torch.no_grad():
        compiled(x)
        steady = len(gpu.launches())
        compiled(x)
        per_call = len(gpu.launches()) - steady
        assert per_call < steady
        with torch._C._AutoDispatchBelowAutograd():
            torch._C._autograd._unsafe_set_version_counter((model.a,), (model.a._version + 1,))
        compiled(x)
        assert len(gpu.launches()) - steady - per_call > per_call


def test_launch_and_allocation_failures_are_errors(gpu):
    model = gpu.module_to_gpu(torch.nn.Linear(8, 16)).eval()
    x = gpu.to_gpu(torch.randn(3, 8))
    compiled = compile_strict(model)
    with torch.no_grad():
        gpu.fail("cuModuleLoadData", 2)
        with pytest.raises(RuntimeError, match="no memory for the code of a kernel"):
            compiled(x)
        gpu.fail("cuModuleLoadData", 0)
        compiled(x)
        live = gpu.counts()[1]
        gpu.fail("cuLaunchKernelEx", 700)
        with pytest.raises(RuntimeError, match="CUDA_LAUNCH_BLOCKING"):
            compiled(x)
        gpu.fail("cuLaunchKernelEx", 0)
        assert gpu.counts()[1] == live
        assert compiled(x).shape == (3, 16)


def test_a_gpu_that_is_too_old_answers_by_aten(gpu, monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: (7, 5))
    x = gpu.to_gpu(torch.randn(5, 7))
    with pytest.raises(Exception, match=r"7\.5"):
        compile_strict(lambda x: torch.sin(x) + 1)(x)
    torch._dynamo.reset()
    compiled = torch.compile(lambda x: x.view(7, 5), backend="hidet")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert compiled(x).shape == (7, 5)
    torch._dynamo.reset()
    found = []
    hidet_torch.compile.listeners.append(found.append)
    # The operator itself needs a GPU: what counts is who is asked.
    try:
        with pytest.raises(RuntimeError, match=r"(?i)driver|cuda"):
            torch.compile(lambda x: torch.cos(x) + 1, backend="hidet")(x)
    finally:
        hidet_torch.compile.listeners.pop()
    assert "7.5" in found[0].problem
    assert {call["reason"] for call in found[0].report["aten_calls"]} == {found[0].problem}
    assert not [w for w in caught if "bug" in str(w.message)]


def test_a_graph_for_another_gpu_is_refused_before_any_launch(gpu):
    x = gpu.to_gpu(torch.randn(5, 7))
    compiled = compile_strict(lambda x: torch.sin(x) + 1, options={"target": "sm_80"})
    with pytest.raises(RuntimeError, match=r"a graph for sm_80 does not run on GPU 0 \(Stub GPU"):
        compiled(x)
    assert not gpu.launches()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "cpu"}, "but the tensors are on cuda:0"),
        ({"target": "sm_90a", "execute": "emulate"}, "runs on CPU tensors"),
    ],
)
def test_options_that_contradict_the_tensors(gpu, options, message):
    with pytest.raises(Exception, match=message):
        compile_strict(torch.sin, options=options)(gpu.to_gpu(torch.randn(3)))


def test_a_pytorch_without_cuda_is_named(gpu):
    compiled = compile_strict(lambda x: torch.sin(x) + 1)
    x = gpu.to_gpu(torch.randn(3))
    compiled(x)
    with gpu.hidden(), pytest.raises(RuntimeError, match="this PyTorch is built without CUDA"):
        compiled(x)
    assert compiled(x).device == x.device


def explained(function, *inputs):
    """What becomes of a graph, whether its ATen calls can run here or not."""
    found = []
    hidet_torch.compile.listeners.append(found.append)
    try:
        compile_strict(function)(*inputs)
    except RuntimeError:
        if not found:
            raise
    finally:
        hidet_torch.compile.listeners.pop()
    return found[0]


def test_tensors_on_several_devices_go_to_aten_with_the_reason(gpu):
    x, y = gpu.to_gpu(torch.randn(4)), torch.randn(4)
    compilation = explained(lambda x, y: (torch.sin(x) + 1, torch.cos(y)), x, y)
    assert sum(kernel["launches"] for kernel in compilation.report["kernels"]) == 1
    calls = compilation.report["aten_calls"]
    assert [call["name"] for call in calls] == ["aten::cos"]
    assert calls[0]["reason"] == "a tensor on cpu, where the graph is for cuda:0"
    there = gpu.to_gpu(torch.randn(4), 1)
    compilation = explained(lambda x, y: (torch.sin(x), torch.cos(y)), x, there)
    assert [call["reason"] for call in compilation.report["aten_calls"]] == [
        "a tensor on cuda:1, where the graph is for cuda:0"
    ]


def test_numbers_on_the_cpu_are_part_of_kernels(gpu):
    def function(x):
        return torch.where(x > 0, x, torch.full((), 2.0)) * torch.scalar_tensor(3.0)

    compilation = explained(function, gpu.to_gpu(torch.randn(4)))
    assert not compilation.report["aten_calls"]
    assert sum(kernel["launches"] for kernel in compilation.report["kernels"]) == 1
    assert len(gpu.launches()) == 1


def test_a_scalar_of_the_cpu_is_brought_along(gpu):
    """Its value at the call, nothing waits: also in a capture."""
    compiled = compile_strict(lambda x, scale: (torch.sin(x) * scale, x - scale.to(x.device)))
    x, scale = gpu.to_gpu(torch.randn(5)), torch.tensor(3.0)
    assert all(result.device == x.device for result in compiled(x, scale))
    before = len(gpu.log())
    with gpu.capture():
        compiled(x, torch.tensor(1.0))
    lines = gpu.log()[before:]
    bits = struct.unpack("<I", struct.pack("<f", 1.0))[0]
    assert f"set 4 bytes to {bits} stream 100" in lines
    assert {line.split()[0] for line in lines} == {"set", "launch"}
    report = explained(lambda x, scale: x * scale, x, scale).report
    assert not report["aten_calls"]
    # What is asked for on the device alone is one, too.
    moved = compile_strict(lambda x, scale: (scale.to(x.device), x + 1))(x, scale)[0]
    assert moved.device == x.device


def test_what_is_made_on_the_device_needs_no_input_there(gpu):
    out = compile_strict(lambda x: x + torch.arange(4, device=x.device))(gpu.to_gpu(torch.randn(4)))
    assert out.device.type == "cuda"
    assert not explained(
        lambda x: torch.zeros(3, 3, device=x.device) + x, gpu.to_gpu(torch.randn(3))
    ).report["aten_calls"]


SECOND_PROCESS = """
import sys, pathlib, torch
sys.path[:0] = [{tests!r}]
import hidet_torch
from hidet_torch.compile import listeners
from test_cuda_target import Mixed
torch.manual_seed(0)
found = []
listeners.append(found.append)
model = torch.compile(Mixed().eval(), backend="hidet",
                      options={{"strict": True, "target": "sm_80", "cache_dir": {cache!r}}})
try:
    with torch.no_grad():
        model(torch.randn(2, 37, 48))
except RuntimeError as error:
    assert "cannot run here" in str(error) or "on the CPU" in str(error), error
report = found[0].report
print(report["from_cache"], report["compiled_kernels"],
      [(k["symbol"], k["key"], k["cuda"]["registers"]) for k in report["kernels"]])
"""


def test_a_second_process_compiles_nothing(tmp_path):
    tests = str(pathlib.Path(__file__).parent)
    script = SECOND_PROCESS.format(tests=tests, cache=str(tmp_path / "cache"))
    lines = [
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout.split(" ", 2)
        for _ in range(2)
    ]
    assert lines[0][0] == "False"
    assert int(lines[0][1]) > 0
    assert lines[1][:2] == ["True", "0"]
    assert lines[0][2] == lines[1][2]


def test_an_artifact_carries_its_cuda_kernels(gpu):
    model = gpu.module_to_gpu(torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.GELU())).eval()
    x = gpu.to_gpu(torch.randn(3, 8))
    found = []
    hidet_torch.compile.listeners.append(found.append)
    try:
        with torch.no_grad():
            compile_strict(model)(x)
    finally:
        hidet_torch.compile.listeners.pop()
    graph = found[0].callable.script_object
    again = torch.classes.hidet.CompiledGraph(graph.artifact(), [])
    before = gpu.launches()
    parameters = [p.detach() for p in model.parameters()]
    out = again.run([*parameters, x])
    assert out[0].shape == (3, 16)
    assert out[0].device == x.device
    made = gpu.launches()[len(before) :]
    assert [launch[1] for launch in made] == [launch[1] for launch in before]
    damaged = graph.artifact().clone()
    damaged[-100] += 1
    with pytest.raises(RuntimeError, match="truncated or altered"):
        torch.classes.hidet.CompiledGraph(damaged, [])
