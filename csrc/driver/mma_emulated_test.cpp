// The templates for tensor cores from their text, under the emulator, against float64.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "driver/emitted_for_test.h"
#include "emulator/run_text_for_test.h"

namespace hidet {
namespace {

// Numbers of a type as they lie in memory.
struct Tensor {
  DType dtype;
  std::vector<double> values;
  std::vector<unsigned char> memory;

  Tensor(DType type, int64_t count) : dtype(type), values(static_cast<size_t>(count)) {
    memory.resize(values.size() * static_cast<size_t>(bytes_of(dtype)), 0xff);
  }
  Tensor(DType type, int64_t count, unsigned seed) : Tensor(type, count) {
    // Numbers that every type has.
    std::mt19937 random(seed);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = (static_cast<double>(random() % 129) - 64) / 64;
      put(i);
    }
  }
  TextBuffer buffer(bool written = false) {
    return {memory.data(), static_cast<int64_t>(memory.size()), dtype, written};
  }
  double at(int64_t i) const {
    float value;
    std::memcpy(&value, &memory[static_cast<size_t>(i) * sizeof value], sizeof value);
    return value;
  }

 private:
  void put(size_t i) {
    const auto value = static_cast<float>(values[i]);
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    if (dtype == DType::bf16) bits >>= 16;
    if (dtype == DType::f16) {
      const auto half = static_cast<_Float16>(value);
      std::memcpy(&bits, &half, sizeof half);
    }
    const size_t size = static_cast<size_t>(bytes_of(dtype));
    std::memcpy(&memory[i * size], &bits, size);
  }
};

void expect_product(const TestKernel& kernel, const TestMatmul& sizes, int64_t blocks) {
  SCOPED_TRACE(kernel.text);
  Tensor a(sizes.dtype, sizes.m * sizes.k, 1), b(sizes.dtype, sizes.k * sizes.n, 2);
  const auto right = [&](int64_t i, int64_t j) {
    double sum = 0;
    for (int64_t q = 0; q < sizes.k; ++q)
      sum += a.values[static_cast<size_t>(sizes.a_transposed ? q * sizes.m + i : i * sizes.k + q)] *
             b.values[static_cast<size_t>(sizes.b_transposed ? j * sizes.k + q : q * sizes.n + j)];
    return sum;
  };
  for (const Schedule& schedule : proving_schedules()) {
    Tensor c(DType::f32, sizes.m * sizes.n);
    TextLaunch launch;
    launch.schedule = schedule;
    launch.buffers = {a.buffer(), b.buffer(), c.buffer(true)};
    launch.sizes = {sizes.m, sizes.n, sizes.k};
    launch.blocks = blocks;
    launch.threads = kernel.threads;
    launch.shared_bytes = kernel.shared_bytes;
    launch.maps = kernel.maps;
    ASSERT_EQ(run_text(kernel.text, launch), "");
    for (int64_t i = 0; i < sizes.m; ++i)
      for (int64_t j = 0; j < sizes.n; ++j)
        ASSERT_NEAR(c.at(i * sizes.n + j), right(i, j), 1e-4) << i << " " << j;
  }
}

TEST(MmaEmulated, Matmul) {
  const std::vector<TestMatmul> cases = {
      {DType::bf16, 72, 40, 48, false, false, {64, 64, 2, 2, 16, 3}},
      {DType::f16, 40, 72, 56, false, true, {64, 64, 2, 2, 32, 2}},
      {DType::bf16, 16, 136, 40, true, false, {16, 128, 1, 4, 16, 4}},
      {DType::f16, 64, 64, 80, true, true, {32, 64, 2, 2, 64, 3}},
      {DType::bf16, 37, 19, 21, false, true, {64, 64, 2, 2, 32, 3}},
      {DType::f32, 72, 40, 48, false, false, {64, 64, 2, 2, 16, 3}},
      {DType::f32, 40, 72, 56, true, true, {64, 64, 2, 2, 32, 2}}};
  for (const TestMatmul& each : cases) {
    const int64_t rows = each.params[0], columns = each.params[1];
    expect_product(emitted_matmul(each), each,
                   (each.m + rows - 1) / rows * ((each.n + columns - 1) / columns));
  }
}

TEST(MmaEmulated, WarpSpecialisedMatmul) {
  expect_product(emitted_program("matmul_wgmma"), {DType::bf16, 136, 200, 328}, 4);
}

TEST(MmaEmulated, Attention) {
  for (const TestAttention& each :
       {TestAttention{37, 70, 64, 64, false}, {70, 70, 80, 48, true}, {10, 40, 256, 160, false}}) {
    const auto& [queries, keys, depth, value_depth, causal] = each;
    const TestKernel kernel = emitted_attention(each);
    SCOPED_TRACE(kernel.text);
    Tensor q(DType::bf16, 2 * queries * depth, 1), k(DType::bf16, 2 * keys * depth, 2),
        v(DType::bf16, 2 * keys * value_depth, 3), o(DType::f32, 2 * queries * value_depth);
    TextLaunch launch;
    launch.buffers = {o.buffer(true), q.buffer(), k.buffer(), v.buffer()};
    launch.sizes = {2, queries, keys};
    launch.blocks = 2 * ((queries + 63) / 64);
    launch.threads = kernel.threads;
    launch.shared_bytes = kernel.shared_bytes;
    ASSERT_EQ(run_text(kernel.text, launch), "");
    for (int64_t g = 0; g < 2; ++g)
      for (int64_t i = 0; i < queries; ++i) {
        std::vector<double> weights;
        double sum = 0;
        for (int64_t j = 0; j < keys; ++j) {
          double score = 0;
          for (int64_t e = 0; e < depth; ++e)
            score += q.values[static_cast<size_t>((g * queries + i) * depth + e)] *
                     k.values[static_cast<size_t>((g * keys + j) * depth + e)];
          weights.push_back(causal && j > i ? 0 : std::exp(score / 8));
          sum += weights.back();
        }
        for (int64_t e = 0; e < value_depth; ++e) {
          double right = 0;
          for (int64_t j = 0; j < keys; ++j)
            right += weights[static_cast<size_t>(j)] / sum *
                     v.values[static_cast<size_t>((g * keys + j) * value_depth + e)];
          // Weights and the result are rounded to bf16.
          ASSERT_NEAR(o.at((g * queries + i) * value_depth + e), right, 0x1p-7)
              << g << " " << i << " " << e;
        }
      }
  }
}

}  // namespace
}  // namespace hidet
