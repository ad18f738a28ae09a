// wgmma fed by TMA, with roles of warpgroups: what keeps the rules runs under every schedule, and
// its faults are found.
#include <gtest/gtest.h>

#include <bit>

#include "emulator/run_maps_for_test.h"

namespace hidet {
namespace {

// c[128, 64] = a[m, k] b[n, k]^T: a ring of three stages of 64 k; products are one group behind.
constexpr const char* kProduct = R"(
constexpr int kStages = 3, kStageBytes = (128 + 64) * 64 * 2;
extern "C" __global__ void __launch_bounds__(384, 1)
kernel(const bfloat16_t* __restrict__ x, const bfloat16_t* __restrict__ z, float* c,
       const __grid_constant__ hidet_tensor_map a, const __grid_constant__ hidet_tensor_map b) {
  HIDET_SHARED_MEMORY(tiles);
  uint64_t* full = (uint64_t*)(tiles + kStages * kStageBytes);
  uint64_t* empty = full + kStages;
  const int steps = 5, group = threadIdx.x / 128;
  if (threadIdx.x == 0) {
    for (int i = 0; i < kStages; ++i) {
      hidet_mbarrier_init(&full[i], 1);
      hidet_mbarrier_init(&empty[i], 2);
    }
    hidet_mbarrier_fence();
  }
  __syncthreads();
  if (group == 0) {
    hidet_registers_decrease<24>();
    if (threadIdx.x / 32 == 0 && hidet_elect_one()) {
      for (int step = 0; step < steps; ++step) {
        const int stage = step % kStages;
        hidet_mbarrier_wait(&empty[stage], step / kStages % 2 ^ 1);
        hidet_mbarrier_expect(&full[stage], kStageBytes);
        unsigned char* tile = tiles + stage * kStageBytes;
        hidet_tma_load_2d(tile, &a, step * 64, 0, &full[stage]);
        hidet_tma_load_2d(tile + 128 * 128, &b, step * 64, 0, &full[stage]);
      }
    }
  } else {
    hidet_registers_increase<240>();
    float sums[32];
    for (int step = 0; step < steps; ++step) {
      const int stage = step % kStages;
      const unsigned char* tile = tiles + stage * kStageBytes;
      hidet_mbarrier_wait(&full[stage], step / kStages % 2);
      hidet_wgmma_fence();
      for (int k = 0; k < 4; ++k)
        hidet_wgmma_k16_bf16<64, 0, 0>(
            sums, hidet_shared_descriptor(tile + (group - 1) * 64 * 128 + k * 32, 16, 1024, 1),
            hidet_shared_descriptor(tile + 128 * 128 + k * 32, 16, 1024, 1), step > 0 || k > 0);
      hidet_wgmma_commit();
      hidet_wgmma_wait<1>();
      if (step > 0 && threadIdx.x % 128 == 0)
        hidet_mbarrier_arrive(&empty[(step - 1) % kStages]);
    }
    hidet_wgmma_wait<0>();
    const int lane = threadIdx.x % 32, warp = threadIdx.x % 128 / 32;
    float* out = c + ((group - 1) * 64 + warp * 16 + lane / 4) * 64 + lane % 4 * 2;
    for (int i = 0; i < 32; i += 2) {
      out[i / 2 % 2 * 8 * 64 + i / 4 * 8] = sums[i];
      out[i / 2 % 2 * 8 * 64 + i / 4 * 8 + 1] = sums[i + 1];
    }
  }
}
)";

constexpr int kRows = 120, kColumns = 56, kDepth = 5 * 64 - 8;  // less than the tile on every side

int a_at(int row, int k) {
  return (row * 5 + k * 3) % 17 - 8;
}
int b_at(int column, int k) {
  return (column * 7 + k * 4) % 15 - 7;
}

std::string run_product(const EmulatedKernel& kernel, const Schedule& schedule, bool* is_right) {
  const auto bits = [](int value) {
    return static_cast<uint16_t>(std::bit_cast<uint32_t>(static_cast<float>(value)) >> 16);
  };
  std::vector<uint16_t> a, b;
  std::vector<float> c(128 * 64);
  for (int i = 0; i < kRows * kDepth; ++i) a.push_back(bits(a_at(i / kDepth, i % kDepth)));
  for (int i = 0; i < kColumns * kDepth; ++i) b.push_back(bits(b_at(i / kDepth, i % kDepth)));
  const auto map = [](int buffer, int rows, uint32_t box) {
    return MapOfBuffer{.buffer = buffer,
                       .request = {.dtype = DType::bf16,
                                   .rank = 2,
                                   .sizes = {kDepth, static_cast<uint64_t>(rows)},
                                   .strides = {kDepth * 2},
                                   .box = {64, box},
                                   .swizzle_bytes = 128}};
  };
  const std::string found =
      run_maps(kernel, {.buffers = {global_input(a), global_input(b), global_output(c)},
                        .maps = {map(0, kRows, 128), map(1, kColumns, 64)},
                        .threads = 384,
                        .shared_bytes = 3 * 24576 + 64,
                        .schedule = schedule});
  *is_right = true;
  for (int row = 0; row < 128; ++row)
    for (int column = 0; column < 64; ++column) {
      int sum = 0;
      for (int k = 0; k < kDepth && row < kRows && column < kColumns; ++k)
        sum += a_at(row, k) * b_at(column, k);
      *is_right = *is_right && c[static_cast<size_t>(row * 64 + column)] == static_cast<float>(sum);
    }
  return found;
}

TEST(GroupProductInstructions, ProductUnderEverySchedule) {
  const EmulatedKernel kernel = emulated_text(kProduct);
  for (const Schedule& schedule : proving_schedules()) {
    bool is_right = false;
    EXPECT_EQ(run_product(kernel, schedule, &is_right), "");
    EXPECT_TRUE(is_right);
  }
}

TEST(GroupProductInstructions, BrokenKernelsAreFound) {
  const std::tuple<const char*, const char*, std::vector<const char*>> faults[] = {
      // The stage that is being read is given back.
      {"if (step > 0 && threadIdx.x % 128 == 0)\n        hidet_mbarrier_arrive(&empty[(step - 1)",
       "if (threadIdx.x % 128 == 0)\n        hidet_mbarrier_arrive(&empty[step",
       {}},
      {"      hidet_wgmma_wait<1>();\n", "", {}},
      {"hidet_wgmma_wait<1>", "hidet_wgmma_wait<2>", {}},
      {"    hidet_wgmma_wait<0>();\n", "", {"waits"}},
      {"      hidet_wgmma_commit();\n", "", {"kernel:"}},
      {"      hidet_wgmma_fence();\n", "", {"no wgmma fence"}},
      {"      hidet_mbarrier_wait(&full", "      if (0) hidet_mbarrier_wait(&full", {}},
      {"hidet_wgmma_wait<1>();",
       "hidet_wgmma_wait<1>(); sums[3] = 1;",
       {"register 3", "before the wait"}},
      {"step > 0 || k > 0", "threadIdx.x > 200", {"different operands"}},
      {"k * 32, 16, 1024, 1), step", "k * 32, 16, 512, 1), step", {"steps by 512 bytes"}},
      {"tile + 128 * 128 + k * 32, 16", "tile + 3 * 128 * 128 + k * 32, 16", {}},
      {"    hidet_wgmma_wait<0>();",
       "    if (threadIdx.x % 128 < 64) hidet_wgmma_wait<0>();",
       {"before it has waited"}},
      {"&empty[i], 2", "&empty[i], 3", {"waits", "of 3 arrivals"}},
  };
  for (const auto& [from, to, parts] : faults) {
    const EmulatedKernel kernel = emulated_text(changed(kProduct, from, to));
    for (const Schedule& schedule : proving_schedules()) {
      bool is_right = false;
      const std::string found = run_product(kernel, schedule, &is_right);
      EXPECT_NE(found, "") << from << " -> " << to;
      expect_parts(found, parts);
    }
  }
}

// Threads write the operands themselves: a fence, or the products do not see them.
TEST(GroupProductInstructions, OperandsOfThreadsAreFenced) {
  constexpr const char* kText = R"(extern "C" __global__ void __launch_bounds__(128)
kernel(float* y) {
  HIDET_SHARED_MEMORY(shared);
  const int t = threadIdx.x;
  bfloat16_t* a = (bfloat16_t*)shared;
  for (int i = 0; i < 9; ++i) a[i * 128 + t] = hidet_to_bfloat16(i < 8 ? 1.0f : 2.0f);
  hidet_fence_async_proxy();
  __syncthreads();
  float d[4];
  hidet_wgmma_fence();
  hidet_wgmma_k16_bf16<8, 0, 0>(d, hidet_shared_descriptor(shared, 128, 256, 0),
                                hidet_shared_descriptor(shared + 2048, 128, 256, 0), 0);
  hidet_wgmma_commit();
  hidet_wgmma_wait<0>();
  for (int i = 0; i < 4; ++i) y[t * 4 + i] = d[i];
}
)";
  for (const Schedule& schedule : proving_schedules()) {
    std::vector<float> y(512);
    const MapLaunch launch = {
        .buffers = {global_output(y)}, .threads = 128, .shared_bytes = 2304, .schedule = schedule};
    EXPECT_EQ(run_maps(emulated_text(kText), launch), "");
    for (float each : y) EXPECT_EQ(each, 32);
    expect_parts(
        run_maps(emulated_text(changed(kText, "  hidet_fence_async_proxy();\n", "")), launch),
        {"waits", "asynchronous proxy", "line 6"});
    expect_parts(run_maps(emulated_text(changed(kText, "  __syncthreads();\n", "")), launch),
                 {"kernel:10"});
  }
}

}  // namespace
}  // namespace hidet
