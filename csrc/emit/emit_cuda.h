// emit_cuda: a CUDA program of Level::target as CUDA C++.
#pragma once

#include <string>
#include <vector>

#include "ir/context.h"

namespace hidet {

// The function is
//   extern "C" __global__ void symbol(buffers..., int64_t sizes..., int32_t* status)
// with the program's buffers and sizes in order; `status` only where the program reports. It is
// launched in one dimension of blocks and one of threads.
// `status` is followed by the tensor maps of loads by TMA.
struct EmittedTensorMap {
  int buffer = 0;  // counts the program's buffers
  // As of TensorLoad (ir/tensor_load.h), in terms of the program's sizes.
  std::vector<Expr> sizes, strides;
  std::vector<int64_t> box;
  int swizzle_bytes = 0;
  bool operator==(const EmittedTensorMap&) const = default;
};
struct EmittedCudaKernel {
  std::string symbol;
  std::string text;  // compiles behind either CUDA prelude (prelude/cuda_native.h)
  Expr grid;         // blocks, in terms of the program's sizes
  int threads = 0;   // of a block
  int64_t shared_bytes = 0;
  bool has_status = false;
  std::vector<EmittedTensorMap> maps;
};
EmittedCudaKernel emit_cuda(const Program& program, const std::string& symbol);

}  // namespace hidet
