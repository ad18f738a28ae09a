// read_cubin: what the ELF image of compiled CUDA code says about its kernels.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hidet {

struct CubinKernel {
  std::string name;
  int registers = 0;            // of a thread
  int frame_bytes = 0;          // of a thread, in local memory: spills and indexed arrays
  int static_shared = 0;        // bytes of a block, that the kernel declares
  int barriers = 0;             // named barriers of a block
  int max_threads = 0;          // of a block, from __launch_bounds__; 0: not bounded
  int parameter_bytes = 0;      // of all parameters
  std::vector<int> parameters;  // bytes of each
};

// Bytes of the image that starts at an address, as its own header says; 0 where it is no CUDA
// binary. At least a header (64 bytes) has to be readable.
size_t size_of_cubin(const void* image);

// Kernels in order of name. Declines what is no CUDA binary.
Result<std::vector<CubinKernel>> read_cubin(std::string_view image);

}  // namespace hidet
