"""A GPU for tests where there is none: PyTorch's device, and a driver that writes down launches."""

import contextlib
import ctypes
import os
import pathlib
import shutil
import subprocess

import torch

_HERE = pathlib.Path(__file__).parent
_CSRC = _HERE.parent.parent / "csrc"
_DRIVER_SOURCES = (
    "runtime/stub_cuda/stub_cuda.cpp",
    "runtime/cubin.cpp",
    "base/format.cpp",
)


def _compiler():
    return os.environ.get("CXX", "").split() or [shutil.which("g++") or shutil.which("clang++")]


def _compile(output, sources, *flags):
    subprocess.run(
        [*_compiler(), "-std=c++20", "-O1", "-fPIC", "-shared", "-o", str(output)]
        + [str(source) for source in sources]
        + list(flags),
        check=True,
    )
    return output


class FakeGpu:
    """PyTorch's part and the driver's, of two devices of one architecture."""

    def __init__(self, folder):
        package = pathlib.Path(torch.__file__).parent
        torch_flags = [
            f"-I{package / 'include'}",
            f"-I{package / 'include/torch/csrc/api/include'}",
        ]
        fmt = [f"-I{package / 'include'}", "-DFMT_HEADER_ONLY=1"]
        driver = _compile(
            folder / "libcuda_stub.so", [_CSRC / name for name in _DRIVER_SOURCES],
            f"-I{_CSRC}", *fmt,
        )  # fmt: skip
        tensors = _compile(
            folder / "libfake_gpu.so", [_HERE / "fake_gpu.cpp"], *torch_flags,
            f"-L{package / 'lib'}", "-ltorch_cpu", "-lc10",
        )  # fmt: skip
        self.driver_file = str(driver)
        self._driver = ctypes.CDLL(self.driver_file)
        self._driver.stub_cuda_log.restype = ctypes.c_char_p
        torch.ops.load_library(str(tensors))
        self._ops = torch.ops.hidet_fake_gpu

    def reset(self, capability=(9, 0), shared_bytes_of_block=227 << 10):
        """No failures, an empty log, the default stream; of a process's first driver, its GPUs."""
        self._driver.stub_cuda_reset()
        self._driver.stub_cuda_devices(2, *capability, shared_bytes_of_block)
        for device in range(2):
            self._ops.set_stream(device, 0)

    def to_gpu(self, tensor, device=0):
        return self._ops.to_gpu(tensor, device)

    def to_cpu(self, tensor):
        return self._ops.to_cpu(tensor)

    def module_to_gpu(self, module, device=0):
        """Its parameters and buffers in place: Module.to() would ask ATen to copy."""
        for part in module.modules():
            for name, parameter in list(part._parameters.items()):
                if parameter is not None:
                    moved = self.to_gpu(parameter.detach(), device)
                    part._parameters[name] = torch.nn.Parameter(moved, parameter.requires_grad)
            for name, buffer in list(part._buffers.items()):
                if buffer is not None:
                    part._buffers[name] = self.to_gpu(buffer, device)
        return module

    def set_stream(self, device, stream):
        self._ops.set_stream(device, stream)

    def counts(self):
        """(allocations so far, allocations alive, the device that is current)."""
        return tuple(self._ops.counts())

    def fail(self, call, error, successes=0):
        self._driver.stub_cuda_fail(call.encode(), error, successes)

    @contextlib.contextmanager
    def capture(self):
        self._driver.stub_cuda_capture(True)
        try:
            yield
        finally:
            self._driver.stub_cuda_capture(False)

    @contextlib.contextmanager
    def hidden(self):
        """PyTorch is one that is built without CUDA."""
        self._ops.hide(True)
        try:
            yield
        finally:
            self._ops.hide(False)

    def log(self):
        return self._driver.stub_cuda_log().decode().splitlines()

    def launches(self):
        return [line.split() for line in self.log() if line.startswith("launch ")]
