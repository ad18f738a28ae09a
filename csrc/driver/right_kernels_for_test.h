// RightKernel: kernels that are right, with arrays to run them on and what is to come out.
#pragma once

#include "driver/emitted_for_test.h"
#include "driver/tensor_for_test.h"

namespace hidet {

struct RightKernel {
  struct Argument {
    size_t array;
    bool written = false;
  };
  std::vector<TestKernel> launches;  // one after the other
  std::vector<std::vector<Argument>> arguments;
  std::vector<Tensor> arrays;
  std::vector<double> right;  // of the last array, by float64
  double tolerance = 0;

  std::vector<std::string> texts() const;
  // Other texts in the place of its own, on fresh arrays: what the emulator found, else
  // "wrong numbers: ...", else empty.
  std::string run(const std::vector<std::string>& texts, const Schedule& schedule) const;
};

// C = A * B: one kernel, or two, of which the first one makes so many pieces.
RightKernel right_product(std::vector<TestKernel> kernels, const TestMatmul& sizes, int pieces = 1);
// Of two batches; `size`: of the numbers of Q, a power of two.
RightKernel right_attention(const TestAttention& attention, double size = 1);

// Those into which faults are put, of every template of CUDA.
const std::vector<std::string>& right_kernel_names();
RightKernel right_kernel(const std::string& name);

}  // namespace hidet
