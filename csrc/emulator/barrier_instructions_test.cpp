// mbarrier and TMA: rings of stages that keep the rules run under every schedule; those that break
// one are found.
#include <gtest/gtest.h>

#include "emulator/run_maps_for_test.h"

namespace hidet {
namespace {

// One warp fills two stages with boxes of 16 x 32 floats, another reads them: six boxes.
constexpr const char* kRing = R"(extern "C" __global__ void __launch_bounds__(64)
kernel(const float* __restrict__ x, float* y, const __grid_constant__ hidet_tensor_map map) {
  HIDET_SHARED_MEMORY(shared);
  uint64_t* full = (uint64_t*)(shared + 4096);
  uint64_t* empty = full + 2;
  if (threadIdx.x == 0) {
    for (int i = 0; i < 2; ++i) {
      hidet_mbarrier_init(full + i, 1);
      hidet_mbarrier_init(empty + i, 32);
    }
    hidet_mbarrier_fence();
  }
  __syncthreads();
  if (threadIdx.x < 32) {
    if (hidet_elect_one()) {
      for (int i = 0; i < 6; ++i) {
        hidet_mbarrier_wait(empty + i % 2, i / 2 % 2 ^ 1);
        hidet_mbarrier_expect(full + i % 2, 2048);
        hidet_tma_load_2d(shared + i % 2 * 2048, &map, i * 16, 0, full + i % 2);
      }
    }
  } else {
    const int lane = threadIdx.x % 32;
    for (int i = 0; i < 6; ++i) {
      const float* a = (const float*)(shared + i % 2 * 2048);
      hidet_mbarrier_wait(full + i % 2, i / 2 % 2);
      for (int j = 0; j < 16; ++j) y[(i * 16 + j) * 32 + lane] = a[lane * 16 + j];
      hidet_mbarrier_arrive(empty + i % 2);
    }
  }
}
)";

constexpr int kColumns = 92, kRows = 30;  // of the tensor; the last boxes reach beyond

std::string run_ring(const std::string& text, const Schedule& schedule, bool* is_right) {
  std::vector<float> x(static_cast<size_t>(kColumns) * kRows), y(96 * 32);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) + 1;
  const std::string found =
      run_maps(emulated_text(text), {.buffers = {global_input(x), global_output(y)},
                                     .maps = {{.buffer = 0,
                                               .request = {.dtype = DType::f32,
                                                           .rank = 2,
                                                           .sizes = {kColumns, kRows},
                                                           .strides = {kColumns * 4},
                                                           .box = {16, 32}}}},
                                     .threads = 64,
                                     .shared_bytes = 4096 + 64,
                                     .schedule = schedule});
  *is_right = true;
  for (int column = 0; column < 96; ++column)
    for (int row = 0; row < 32; ++row) {
      const float expected =
          column < kColumns && row < kRows ? static_cast<float>(row * kColumns + column) + 1 : 0;
      *is_right = *is_right && y[static_cast<size_t>(column * 32 + row)] == expected;
    }
  return found;
}

TEST(BarrierInstructions, RingUnderEverySchedule) {
  for (const Schedule& schedule : proving_schedules()) {
    bool is_right = false;
    EXPECT_EQ(run_ring(kRing, schedule, &is_right), "");
    EXPECT_TRUE(is_right);
  }
}

TEST(BarrierInstructions, BrokenRingsAreFound) {
  const std::tuple<const char*, const char*, std::vector<const char*>> faults[] = {
      // Nobody waits for the boxes.
      {"      hidet_mbarrier_wait(full", "      if (0) hidet_mbarrier_wait(full", {}},
      // Stages are filled before they are free.
      {"        hidet_mbarrier_wait(empty", "        if (0) hidet_mbarrier_wait(empty", {}},
      {"      hidet_mbarrier_arrive(empty",
       "      if (0) hidet_mbarrier_arrive(empty",
       {"kernel:17", "waits", "parity", "32 of 32 arrivals"}},
      {"i / 2 % 2);", "i / 2 % 2 ^ 1);", {}},
      // Fewer bytes, and more, than come.
      {"2048);\n        hidet_tma", "1024);\n        hidet_tma", {"1024 bytes more than expected"}},
      {"2048);\n        hidet_tma", "4096);\n        hidet_tma", {"2048 bytes", "waits"}},
      {"hidet_mbarrier_init(empty + i, 32)", "hidet_mbarrier_init(empty + i, 16)", {"kernel:"}},
      {"hidet_mbarrier_init(full + i, 1)", "hidet_mbarrier_init(full + i, 2)", {"1 of 2 arrivals"}},
      {"    hidet_mbarrier_fence();\n", "", {"no fence after the initialisation"}},
      {"  __syncthreads();\n", "", {}},
      {"hidet_mbarrier_init(full + i, 1)", "hidet_mbarrier_init(full, 1)", {"initialised"}},
      {"i * 16, 0, full + i % 2", "i * 16, 0, empty + i % 2", {}},
      {"hidet_tma_load_2d(shared + i % 2 * 2048", "hidet_tma_load_2d(shared + i % 2 * 1024", {}},
      {"hidet_tma_load_2d(shared + i", "hidet_tma_load_2d(shared + 64 + i", {"alignment"}},
      {"load_2d(shared + i % 2 * 2048, &map, i * 16, 0",
       "load_1d(shared + i % 2 * 2048, &map, i * 16",
       {"a load of 1 dimensions by a map of 2"}},
      {"&map, i * 16", "(const hidet_tensor_map*)x, i * 16", {"none"}},
      {"a[lane * 16 + j]", "((const float*)full)[0]", {"kernel:27", "waits", "mbarrier", "line 8"}},
      {"        hidet_tma",
       "        hidet_mbarrier_arrive(full + i % 2);\n        hidet_tma",
       {"kernel:19", "more than 1 arrivals in phase 0, which waits for 2048 bytes"}},
      {"      hidet_mbarrier_wait(full + i % 2, i / 2 % 2)",
       "      hidet_mbarrier_wait(full + i % 2, 2)",
       {"parity"}},
  };
  for (const auto& [from, to, parts] : faults)
    for (const Schedule& schedule : proving_schedules()) {
      bool is_right = false;
      const std::string found = run_ring(changed(kRing, from, to), schedule, &is_right);
      EXPECT_NE(found, "") << from << " -> " << to;
      expect_parts(found, parts);
    }
}

// The shared memory that a thread has written goes to the accelerator after a fence only.
TEST(BarrierInstructions, WritesAreFencedBeforeABoxReplacesThem) {
  constexpr const char* kText = R"(extern "C" __global__ void __launch_bounds__(32)
kernel(float* y, const float* __restrict__ x, const __grid_constant__ hidet_tensor_map map) {
  HIDET_SHARED_MEMORY(shared);
  float* a = (float*)shared;
  uint64_t* full = (uint64_t*)(shared + 1024);
  if (threadIdx.x == 0) {
    hidet_mbarrier_init(full, 1);
    hidet_mbarrier_fence();
  }
  a[threadIdx.x] = threadIdx.x;
  hidet_fence_async_proxy();
  __syncthreads();
  if (threadIdx.x == 0) {
    hidet_mbarrier_expect(full, 128);
    hidet_tma_load_1d(a, &map, 32, full);
  }
  while (!hidet_mbarrier_test(full, 0)) {
  }
  y[threadIdx.x] = a[threadIdx.x];
}
)";
  const auto run = [](const std::string& text, const Schedule& schedule, std::vector<float>& y) {
    std::vector<float> x(64);
    for (size_t i = 0; i < 64; ++i) x[i] = static_cast<float>(i);
    return run_maps(
        emulated_text(text),
        {.buffers = {global_output(y), global_input(x)},
         .maps = {{.buffer = 1,
                   .request = {.dtype = DType::f32, .rank = 1, .sizes = {64}, .box = {32}}}},
         .shared_bytes = 1032,
         .schedule = schedule});
  };
  for (const Schedule& schedule : proving_schedules()) {
    std::vector<float> y(32);
    EXPECT_EQ(run(kText, schedule, y), "");
    for (size_t i = 0; i < 32; ++i) EXPECT_EQ(y[i], static_cast<float>(i + 32));
    expect_parts(run(changed(kText, "  hidet_fence_async_proxy();\n", ""), schedule, y),
                 {"waits", "asynchronous proxy", "line 10"});
  }
}

TEST(BarrierInstructions, ABlockDoesNotEndBeforeItsLoads) {
  constexpr const char* kText = R"(extern "C" __global__ void __launch_bounds__(32)
kernel(float* y, const float* __restrict__ x, const __grid_constant__ hidet_tensor_map map) {
  HIDET_SHARED_MEMORY(shared);
  uint64_t* full = (uint64_t*)(shared + 1024);
  if (threadIdx.x == 0) {
    hidet_mbarrier_init(full, 1);
    hidet_mbarrier_fence();
    hidet_mbarrier_expect(full, 128);
    hidet_tma_load_1d(shared, &map, 32, full);
  }
}
)";
  std::vector<float> x(64), y(32);
  expect_parts(
      run_maps(emulated_text(kText),
               {.buffers = {global_output(y), global_input(x)},
                .maps = {{.buffer = 1,
                          .request = {.dtype = DType::f32, .rank = 1, .sizes = {64}, .box = {32}}}},
                .shared_bytes = 1032}),
      {"kernel:9", "waits", "the block ends"});
}

// Two pairs of warps meet at barriers of their own.
TEST(BarrierInstructions, BarriersOfSomeWarps) {
  constexpr const char* kText = R"(extern "C" __global__ void __launch_bounds__(128)
kernel(float* y) {
  HIDET_SHARED_MEMORY(shared);
  float* a = (float*)shared;
  const int t = threadIdx.x;
  a[t] = t;
  hidet_barrier(1 + t / 64, 64);
  y[t] = a[t ^ 63];
}
)";
  for (const Schedule& schedule : proving_schedules()) {
    std::vector<float> y(128);
    const MapLaunch launch = {
        .buffers = {global_output(y)}, .threads = 128, .shared_bytes = 512, .schedule = schedule};
    EXPECT_EQ(run_maps(emulated_text(kText), launch), "");
    for (size_t i = 0; i < 128; ++i) EXPECT_EQ(y[i], static_cast<float>(i ^ 63));
    expect_parts(run_maps(emulated_text(changed(kText, "t ^ 63", "t ^ 127")), launch),
                 {"kernel:8"});
    EXPECT_NE(run_maps(emulated_text(changed(kText, "64, 64)", "64, 128)")), launch), "");
    EXPECT_NE(run_maps(emulated_text(changed(kText, "t / 64, 64", "t / 64, 96")), launch), "");
  }
}

}  // namespace
}  // namespace hidet
