"""One launch of a CUDA binary through the driver's C interface, in PyTorch's context."""

import ctypes

import torch


def _check(code, what):
    if code:
        raise RuntimeError(f"{what} failed with error {code} of the CUDA driver")


def run(cubin, symbol, threads, inputs, output_bytes):
    """The bytes of the output buffer after a launch of one block.

    The kernel's arguments are the input buffers in order, then the output, which starts as zeros.
    """
    cuda = ctypes.CDLL("libcuda.so.1")
    torch.cuda.init()
    torch.cuda.current_stream().synchronize()  # makes the context current
    buffers = [torch.frombuffer(bytearray(b), dtype=torch.uint8).cuda() for b in inputs]
    buffers.append(torch.zeros(output_bytes, dtype=torch.uint8, device="cuda"))
    module, function = ctypes.c_void_p(), ctypes.c_void_p()
    _check(cuda.cuModuleLoadData(ctypes.byref(module), cubin), "cuModuleLoadData")
    try:
        _check(
            cuda.cuModuleGetFunction(ctypes.byref(function), module, symbol.encode()),
            "cuModuleGetFunction",
        )
        pointers = [ctypes.c_uint64(buffer.data_ptr()) for buffer in buffers]
        arguments = (ctypes.c_void_p * len(pointers))(
            *(ctypes.cast(ctypes.byref(p), ctypes.c_void_p) for p in pointers)
        )
        stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
        _check(
            cuda.cuLaunchKernel(
                function, 1, 1, 1, threads, 1, 1, 0, stream, arguments, None
            ),
            "cuLaunchKernel",
        )  # fmt: skip
        torch.cuda.synchronize()
    finally:
        cuda.cuModuleUnload(module)
    return bytes(buffers[-1].cpu().numpy().tobytes())
