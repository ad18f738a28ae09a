// The templates for tensor cores from their text, under the emulator, against float64.
#include <gtest/gtest.h>

#include "driver/right_kernels_for_test.h"

namespace hidet {
namespace {

void expect_right(const RightKernel& kernel) {
  SCOPED_TRACE(kernel.launches[0].text);
  for (const Schedule& schedule : proving_schedules())
    ASSERT_EQ(kernel.run(kernel.texts(), schedule), "");
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
  for (const TestMatmul& each : cases) expect_right(right_product(emitted_matmul(each), each));
}

// Pieces of unlike length, and of none.
TEST(MmaEmulated, MatmulOfSplitK) {
  const std::vector<TestMatmul> cases = {
      {DType::bf16, 24, 40, 200, false, true, {32, 64, 2, 2, 32, 3, 4}},
      {DType::f16, 37, 19, 21, true, false, {64, 64, 2, 2, 32, 2, 2}},
      {DType::bf16, 8, 136, 104, false, false, {16, 128, 1, 4, 32, 4, 16}},
      {DType::f32, 40, 72, 56, true, true, {32, 64, 2, 2, 32, 2, 2}}};
  for (const TestMatmul& each : cases)
    expect_right(right_product(emitted_matmul(each), each, each.params[6]));
}

TEST(MmaEmulated, WarpSpecialisedMatmul) {
  const TestMatmul sizes{DType::bf16, 136, 200, 328};
  RightKernel kernel = right_product({emitted_program("matmul_wgmma")}, sizes);
  kernel.launches[0].blocks = 4;
  kernel.launches[0].sizes = {sizes.m, sizes.n, sizes.k};
  expect_right(kernel);
}

TEST(MmaEmulated, Attention) {
  for (const TestAttention& each :
       {TestAttention{37, 70, 64, 64, false}, {70, 70, 80, 48, true}, {10, 40, 256, 160, false}})
    expect_right(right_attention(each));
}

}  // namespace
}  // namespace hidet
