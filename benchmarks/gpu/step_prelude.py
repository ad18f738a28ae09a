"""The functions that emitted kernels call, on the GPU, beside what the emulator's have.

`_C.prelude_cases(target)` lists small kernels: dicts of `name`, `symbol`, `text` (CUDA C++ with
its prelude), `threads`, `shared_bytes`, `inputs` (the bytes of each input buffer), `expected` (the
bytes of the one output buffer, behind the inputs, as the emulator left it) and `maps` (tensor maps,
by value behind the buffers; `_C.encode_case_map` makes them).
"""

import driver
import step
import torch

from hidet_torch.library import load, nvrtc_directories


def differing(found, expected):
    return sum(a != b for a, b in zip(found, expected, strict=True))


def main():
    this = step.start(__doc__.split("\n")[0])
    library = load()
    if not hasattr(library, "prelude_cases"):
        this.note("this build lists no cases of its prelude")
        return
    target = step.EMULATED_TARGET
    if not this.emulate:
        target = library.cuda_target_name(*torch.cuda.get_device_capability())

    def measure(case):
        row = {"item": case["name"], "target": target}
        if this.emulate:
            return row | {"compared": False}
        cubin = library.compile_cuda(case["text"], target, nvrtc_directories())
        found = driver.run(cubin, case)
        wrong = differing(found, case["expected"])
        row |= {"compared": True, "bytes": len(found), "wrong_bytes": wrong}
        if wrong:
            row["error"] = f"{wrong} of {len(found)} bytes differ from the emulator's"
        return row

    this.each(library.prelude_cases(target), measure)


if __name__ == "__main__":
    main()
