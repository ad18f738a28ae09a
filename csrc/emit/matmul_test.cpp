#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "emit/kernel_for_test.h"
#include "emit/packed_matmul_for_test.h"

namespace hidet {
namespace {

double gelu(double x) {
  return 0.5 * x * std::erfc(-x * M_SQRT1_2);
}

// c = gelu(a * b + bias), against float64.
void check(const KernelForTest& kernel, int columns, int64_t m, int64_t n, int64_t k) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-1, 1);
  const auto filled = [&](int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    for (float& value : values) value = uniform(random);
    return values;
  };
  std::vector<float> a = filled(m * k), b = filled(k * n), bias = filled(n);
  const int64_t panels = (n + columns - 1) / columns;
  std::vector<float> packed(static_cast<size_t>(panels * k * columns), 0.0f);
  for (int64_t q = 0; q < k; ++q)
    for (int64_t j = 0; j < n; ++j)
      packed[static_cast<size_t>((j / columns * k + q) * columns + j % columns)] =
          b[static_cast<size_t>(q * n + j)];
  constexpr float kUntouched = -77;
  std::vector<float> c(static_cast<size_t>(m * n + 64), kUntouched);
  EXPECT_EQ(kernel.run({packed.data(), a.data(), bias.data(), c.data()}, {m, n, k}), 0);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double sum = bias[static_cast<size_t>(j)], size = std::fabs(sum);
      for (int64_t q = 0; q < k; ++q) {
        const double term = static_cast<double>(a[static_cast<size_t>(i * k + q)]) *
                            b[static_cast<size_t>(q * n + j)];
        sum += term;
        size += std::fabs(term);
      }
      const double want = gelu(sum);  // which is computed to 4 ulp
      ASSERT_NEAR(c[static_cast<size_t>(i * n + j)], want, 6e-8 * (1 + size + 8 * std::fabs(want)))
          << i << ' ' << j;
    }
  }
  for (size_t i = static_cast<size_t>(m * n); i < c.size(); ++i) ASSERT_EQ(c[i], kUntouched);
}

class PackedMatmul : public testing::TestWithParam<Target> {};

TEST_P(PackedMatmul, EveryHeightAndEdge) {
  const Target& target = GetParam();
  PackedMatmulForTest matmul(target, DType::f32, target.vector_registers >= 32 ? 8 : 4,
                             target.vector_registers >= 32 ? 3 : 2);
  SiteFills fills;
  Context& context = matmul.context;
  fills["A"].read = [&](const std::vector<Expr>& index, Expr) {
    return context.element(matmul.a, index);
  };
  fills["C"].store = [&](const std::vector<Expr>& index, Expr value) {
    const Expr sum = value + context.element(matmul.bias, {index[1]});
    return context.make(Store{.buffer = matmul.c,
                              .index = index,
                              .value = context.call(Function::gelu_erf, {sum}),
                              .mask = {}});
  };
  const KernelForTest kernel(matmul.program, fills, target);
  for (int64_t m = 1; m <= 9; ++m) check(kernel, matmul.columns, m, 2 * matmul.columns, 5);
  for (int64_t n : {1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 47, 48, 49, 64, 97})
    check(kernel, matmul.columns, 3, n, 4);
  check(kernel, matmul.columns, 37, 101, 67);
}

INSTANTIATE_TEST_SUITE_P(Targets, PackedMatmul, testing::ValuesIn(targets_for_test()),
                         [](const auto& info) {
                           std::string name = info.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace hidet
