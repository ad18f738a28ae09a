// CUDA kernels as text, for tests that run them: plain values, since the headers of the IR and
// those of the emulator do not meet in one file.
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
  int64_t blocks = 0;  // with its sizes; 0: of a program without a template
  std::vector<int64_t> sizes;
};

// `params`: of MmaParams (schedule/matmul_mma.h), in order.
struct TestMatmul {
  DType dtype = DType::bf16;
  int64_t m = 0, n = 0, k = 0;
  bool a_transposed = false, b_transposed = false;
  std::array<int, 7> params = {};
};
// One kernel with buffers A, B and C (f32) and sizes m, n, k; or, split, two: pieces, A, B; pieces,
// C.
std::vector<TestKernel> emitted_matmul(const TestMatmul& matmul);
// A product of interp/programs, in the same form.
TestKernel emitted_program(const std::string& name);

struct TestAttention {
  int64_t queries = 0, keys = 0, depth = 0, value_depth = 0;
  bool causal = false;
};
// In bf16, scores divided by 8. Buffers O (f32), Q, K, V; sizes of the batch, queries, keys.
TestKernel emitted_attention(const TestAttention& attention);

// Of the following all numbers are f32. `vectors`: arrays are aligned to 16 bytes and sizes are
// multiples of 8.

// `params`: of SimtParams (schedule/matmul_simt.h), in order. One kernel with buffers A, B, C; or,
// split, two: pieces, A, B; pieces, C.
std::vector<TestKernel> emitted_matmul_simt(int64_t m, int64_t n, int64_t k,
                                            const std::array<int, 6>& params, bool vectors);
// Softmax of rows. Buffers: values, result.
TestKernel emitted_softmax(int64_t rows, int64_t n, bool vectors);
// Sums over the last axis. One kernel with buffers: values, sums; or two: pieces, values; pieces,
// sums.
std::vector<TestKernel> emitted_sum(int64_t kept, int64_t reduced, bool vectors);
// Sums over the axis before the last one, with the same buffers.
std::vector<TestKernel> emitted_column_sum(int64_t kept, int64_t reduced, bool vectors);
// Buffers: values, and the same values once more.
TestKernel emitted_copy(int64_t rows, int64_t columns, bool vectors);

}  // namespace hidet
