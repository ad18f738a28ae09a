// ldmatrix and mma in kernels: a product of a warp against a plain one, and what is found where a
// kernel breaks their rules.
#include <gtest/gtest.h>

#include <bit>

#include "emulator/run_maps_for_test.h"

namespace hidet {
namespace {

// y[16, 8] = a[16, 32] b[32, 8] in bf16, b stored by rows; a in rows of 80 bytes, b of 16.
constexpr const char* kProduct = R"(extern "C" __global__ void __launch_bounds__(32)
kernel(const bfloat16_t* __restrict__ a, const bfloat16_t* __restrict__ b, float* y) {
  HIDET_SHARED_MEMORY(shared);
  bfloat16_t* tile_a = (bfloat16_t*)shared;
  bfloat16_t* tile_b = (bfloat16_t*)(shared + 1280);
  const int t = threadIdx.x;
  for (int i = 0; i < 2; ++i)
    hidet_cp_async_16(tile_a + (i * 8 + t / 4) * 40 + t % 4 * 8, a + (i * 32 + t) * 8, 16);
  hidet_cp_async_16(tile_b + t * 8, b + t * 8, 16);
  hidet_cp_async_commit();
  hidet_cp_async_wait<0>();
  __syncwarp();
  float d[4] = {};
  for (int k = 0; k < 32; k += 16) {
    uint32_t x[4], z[2];
    hidet_ldmatrix_x4(x, tile_a + t % 16 * 40 + k + t / 16 * 8);
    hidet_ldmatrix_x2_trans(z, tile_b + (k + t % 16) * 8);
    hidet_mma_m16n8k16_bf16(d, x, z);
  }
  for (int i = 0; i < 4; ++i) y[(t / 4 + i / 2 * 8) * 8 + t % 4 * 2 + i % 2] = d[i];
}
)";

int a_at(int row, int k) {
  return (row * 5 + k * 3) % 17 - 8;
}
int b_at(int k, int column) {
  return (k * 7 + column * 4) % 15 - 7;
}

std::string run_product(const std::string& text, const Schedule& schedule, bool* is_right) {
  const auto bits = [](int value) {
    return static_cast<uint16_t>(std::bit_cast<uint32_t>(static_cast<float>(value)) >> 16);
  };
  std::vector<uint16_t> a, b;
  std::vector<float> y(128);
  for (int i = 0; i < 16 * 32; ++i) a.push_back(bits(a_at(i / 32, i % 32)));
  for (int i = 0; i < 32 * 8; ++i) b.push_back(bits(b_at(i / 8, i % 8)));
  const std::string found = run_maps(
      emulated_text(text), {.buffers = {global_input(a), global_input(b), global_output(y)},
                            .threads = 32,
                            .shared_bytes = 1792,
                            .schedule = schedule});
  *is_right = true;
  for (int row = 0; row < 16; ++row)
    for (int column = 0; column < 8; ++column) {
      int sum = 0;
      for (int k = 0; k < 32; ++k) sum += a_at(row, k) * b_at(k, column);
      *is_right = *is_right && y[static_cast<size_t>(row * 8 + column)] == static_cast<float>(sum);
    }
  return found;
}

TEST(MatrixInstructions, ProductUnderEverySchedule) {
  for (const Schedule& schedule : proving_schedules()) {
    bool is_right = false;
    EXPECT_EQ(run_product(kProduct, schedule, &is_right), "");
    EXPECT_TRUE(is_right);
  }
}

TEST(MatrixInstructions, BrokenKernelsAreFound) {
  const std::tuple<const char*, const char*, std::vector<const char*>> faults[] = {
      // Other lanes' copies are read without a barrier.
      {"  __syncwarp();\n", "", {"races", "at line"}},
      {"hidet_cp_async_wait<0>();", "", {"kernel:16", "waits", "line 8", "still going to write"}},
      // Rows of b that nobody has copied.
      {"  hidet_cp_async_16(tile_b",
       "  if (t < 31) hidet_cp_async_16(tile_b",
       {"kernel:17", "initialisation"}},
      {"t % 16 * 40 + k + t / 16 * 8", "t % 16 * 36 + k + t / 16 * 8", {"kernel:16", "alignment"}},
      {"tile_a + t % 16", "tile_a + 100 * t", {"kernel:16", "bounds"}},
      {"    hidet_mma", "    if (t < 16) hidet_mma", {"barriers"}},
      {"hidet_ldmatrix_x4(x, tile_a", "hidet_ldmatrix_x4(x, a", {"kernel:16", "shared memory"}},
  };
  for (const auto& [from, to, parts] : faults) {
    for (const Schedule& schedule : proving_schedules()) {
      bool is_right = false;
      const std::string found = run_product(changed(kProduct, from, to), schedule, &is_right);
      EXPECT_NE(found, "") << from << " -> " << to;
      expect_parts(found, parts);
    }
  }
}

// A wrong operand breaks no rule of memory; the numbers tell.
TEST(MatrixInstructions, WrongOperandsGiveWrongNumbers) {
  for (const auto& [from, to] : {std::pair{"ldmatrix_x2_trans(z", "ldmatrix_x2(z"},
                                 {"hidet_mma_m16n8k16_bf16", "hidet_mma_m16n8k16_f16"}}) {
    bool is_right = true;
    EXPECT_EQ(run_product(changed(kProduct, from, to), {}, &is_right), "");
    EXPECT_FALSE(is_right) << from;
  }
}

TEST(MatrixInstructions, OneLaneOfAWarpIsElected) {
  constexpr const char* kElect = R"(extern "C" __global__ void __launch_bounds__(128)
kernel(int32_t* y) {
  hidet_registers_increase<240>();
  y[threadIdx.x] = hidet_elect_one();
  hidet_prefetch_l2(y);
}
)";
  std::vector<int32_t> y(128);
  EXPECT_EQ(run_maps(emulated_text(kElect), {.buffers = {global_output(y)}, .threads = 128}), "");
  int elected = 0;
  for (size_t i = 0; i < 128; ++i) {
    if (i % 32 == 0) elected = 0;
    elected += y[i];
    if (i % 32 == 31) {
      EXPECT_EQ(elected, 1);
    }
  }
  expect_parts(run_maps(emulated_text(changed(kElect, "hidet_registers",
                                              "if (threadIdx.x >= 32) hidet_registers")),
                        {.buffers = {global_output(y)}, .threads = 128}),
               {"barriers", "setmaxnreg"});
}

}  // namespace
}  // namespace hidet
