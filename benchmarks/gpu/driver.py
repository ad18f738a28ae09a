"""One launch of a CUDA binary through the driver's C interface, in PyTorch's context."""

import ctypes

import torch

from hidet_torch.library import load

TENSOR_MAP_BYTES = 128


def _check(code, what):
    if code:
        raise RuntimeError(f"{what} failed with error {code} of the CUDA driver")


def _tensor_map(description, buffers):
    """By value, aligned as the driver wants it."""
    encoded = load().encode_case_map(description, buffers[description["buffer"]].data_ptr())
    room = ctypes.create_string_buffer(2 * TENSOR_MAP_BYTES)
    start = -ctypes.addressof(room) % 64
    room[start : start + TENSOR_MAP_BYTES] = encoded
    return room, ctypes.c_void_p(ctypes.addressof(room) + start)


def run(cubin, case):
    """The bytes of the output buffer after a launch of one block of a case of the prelude."""
    cuda = ctypes.CDLL("libcuda.so.1")
    torch.cuda.init()
    torch.cuda.current_stream().synchronize()  # makes the context current
    buffers = [torch.frombuffer(bytearray(b), dtype=torch.uint8).cuda() for b in case["inputs"]]
    buffers.append(torch.zeros(len(case["expected"]), dtype=torch.uint8, device="cuda"))
    module, function = ctypes.c_void_p(), ctypes.c_void_p()
    _check(cuda.cuModuleLoadData(ctypes.byref(module), cubin), "cuModuleLoadData")
    try:
        _check(
            cuda.cuModuleGetFunction(ctypes.byref(function), module, case["symbol"].encode()),
            "cuModuleGetFunction",
        )
        pointers = [ctypes.c_uint64(buffer.data_ptr()) for buffer in buffers]
        maps = [_tensor_map(each, buffers) for each in case.get("maps", ())]
        addresses = [ctypes.cast(ctypes.byref(p), ctypes.c_void_p) for p in pointers]
        addresses += [address for _, address in maps]
        arguments = (ctypes.c_void_p * len(addresses))(*addresses)
        stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
        grid, block = (1, 1, 1), (case["threads"], 1, 1)
        shared = case.get("shared_bytes", 0)
        _check(
            cuda.cuLaunchKernel(function, *grid, *block, shared, stream, arguments, None),
            "cuLaunchKernel",
        )
        torch.cuda.synchronize()
    finally:
        cuda.cuModuleUnload(module)
    return bytes(buffers[-1].cpu().numpy().tobytes())
