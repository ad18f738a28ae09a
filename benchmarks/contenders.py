"""What the benchmarks compare: each contender makes a callable out of a workload.

A contender raises Unavailable where it is not installed or cannot take the model. Each runs in a
process of its own, so settings are global here.
"""

import contextlib
import importlib.util
import pathlib
import statistics
import tempfile
import time
import warnings

import torch


class Unavailable(Exception):
    """Why a contender is left out."""


def eager(workload, threads):
    del threads
    return workload.model


def inductor(workload, threads):
    del threads
    return torch.compile(workload.model)


def inductor_max(workload, threads):
    """Inductor with its best settings: max-autotune, and weights frozen in inference."""
    del threads
    from torch._inductor import config

    config.max_autotune = True
    config.freezing = not workload.training
    return torch.compile(workload.model)


def onnxruntime(workload, threads):
    _inference_only(workload)
    ort = _installed("onnxruntime")
    _installed("onnx")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    sessions = []
    with tempfile.TemporaryDirectory() as directory:
        for path in _onnx_files(workload, pathlib.Path(directory)):
            session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            sessions.append((_seconds(_onnx_call(session, workload)), session))
    _, best = min(sessions, key=lambda entry: entry[0])
    return _onnx_call(best, workload)


def openvino(workload, threads):
    _inference_only(workload)
    ov = _installed("openvino")
    inputs = workload.inputs
    with _quiet(), torch.no_grad():
        model = ov.convert_model(
            workload.model, example_input=inputs, input=[list(x.shape) for x in inputs]
        )
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }
    request = ov.Core().compile_model(model, "CPU", settings).create_infer_request()
    arrays = [x.numpy() for x in inputs]
    for index, array in enumerate(arrays):
        request.set_input_tensor(index, ov.Tensor(array, shared_memory=True))

    def call(*_):
        request.infer()
        return torch.from_numpy(request.get_output_tensor().data)

    return call


def hidet(workload, threads):
    del threads
    _installed("hidet_torch")
    return torch.compile(workload.model, backend="hidet", options={"progress": False})


CONTENDERS = {
    "eager": eager,
    "inductor": inductor,
    "inductor-max": inductor_max,
    "onnxruntime": onnxruntime,
    "openvino": openvino,
    "hidet": hidet,
}


def _installed(module):
    if importlib.util.find_spec(module) is None:
        raise Unavailable(f"{module} is not installed")
    return importlib.import_module(module)


def _inference_only(workload):
    if workload.training:
        raise Unavailable("inference only")


@contextlib.contextmanager
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _onnx_files(workload, directory):
    """The exported model, and what ONNX Runtime's optimizer of transformers makes of it."""
    plain = directory / "model.onnx"
    names = [f"input{i}" for i in range(len(workload.inputs))]
    modern = importlib.util.find_spec("onnxscript") is not None
    with _quiet(), torch.no_grad():
        torch.onnx.export(
            workload.model,
            workload.inputs,
            str(plain),
            dynamo=modern,
            opset_version=18 if modern else 17,
            input_names=names,
        )
    yield plain
    configuration = getattr(getattr(workload.model, "model", None), "config", None)
    if getattr(configuration, "model_type", None) != "bert":
        return
    from onnxruntime.transformers import optimizer

    fused = directory / "fused.onnx"
    optimizer.optimize_model(
        str(plain),
        "bert",
        num_heads=configuration.num_attention_heads,
        hidden_size=configuration.hidden_size,
        opt_level=1,
    ).save_model_to_file(str(fused))
    yield fused


def _onnx_call(session, workload):
    feed = {
        argument.name: tensor.numpy()
        for argument, tensor in zip(session.get_inputs(), workload.inputs, strict=True)
    }
    return lambda *_: torch.from_numpy(session.run(None, feed)[0])


def _seconds(call):
    times = []
    for _ in range(8):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times[3:])
