// Kernels for tensor cores as text, for tests that run them: plain values, since the headers of the
// IR and those of the emulator do not meet in one file.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "runtime/kernel_record.h"

namespace hidet {

struct TestKernel {
  std::string text;
  int threads = 0;
  int64_t shared_bytes = 0;
  std::vector<TensorMapRecipe> maps;
};

// `params`: of MmaParams (schedule/matmul_mma.h), in order.
struct TestMatmul {
  DType dtype = DType::bf16;
  int64_t m = 0, n = 0, k = 0;
  bool a_transposed = false, b_transposed = false;
  std::array<int, 6> params = {};
};
// Buffers A, B and C (f32); sizes m, n, k.
TestKernel emitted_matmul(const TestMatmul& matmul);
// A product of interp/programs, in the same form.
TestKernel emitted_program(const std::string& name);

struct TestAttention {
  int64_t queries = 0, keys = 0, depth = 0, value_depth = 0;
  bool causal = false;
};
// In bf16, scores divided by 8. Buffers O (f32), Q, K, V; sizes of the batch, queries, keys.
TestKernel emitted_attention(const TestAttention& attention);

}  // namespace hidet
