// list_prelude_cases: the small kernels by which a GPU is compared with the emulator, for Python.
#pragma once

#include <torch/csrc/utils/pybind.h>

#include <string>

namespace hidet {

// Dicts of `name`, `symbol`, `text` (CUDA C++ with its prelude), `threads`, `shared_bytes`,
// `inputs` (the bytes of each input buffer), `expected` (the bytes of the one output buffer, which
// is zero before and comes last of the buffers), `maps` (as encode_tensor_map takes them: arguments
// by value behind the buffers). Those that the target, as "sm_90a", has.
pybind11::list list_prelude_cases(const std::string& target);

// The 128 bytes of the driver for `map` of a buffer that begins at `address` of the device.
// RuntimeError where there is no driver.
pybind11::bytes encode_case_map(const pybind11::dict& map, uint64_t address);

}  // namespace hidet
