// Kernels that keep the rules run under every schedule; those that break one are found, with line,
// thread and address.
#include <gtest/gtest.h>

#include <algorithm>

#include "emulator/run_text_for_test.h"

namespace hidet {
namespace {

std::vector<float> counted(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; i++) values[i] = static_cast<float>(i % 97);
  return values;
}

void expect_contains(const std::string& text, std::initializer_list<const char*> parts) {
  for (const char* part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

constexpr const char* kScale = R"(extern "C" __global__ void __launch_bounds__(64, 1)
kernel(const float* __restrict__ x, float* y, int64_t n, int32_t* status) {
  const int64_t i = (int64_t)blockIdx.x * 64 + threadIdx.x;
  if (i < n) {
    y[i] = x[i] * 2.0f;
  }
}
)";

TEST(EmulatedKernel, ThreadsWithoutBarriers) {
  for (const Schedule& schedule : proving_schedules()) {
    std::vector<float> x = counted(1000), y(1000);
    EXPECT_EQ(run_text(kScale, {.buffers = {input(x), output(y)},
                                .sizes = {1000},
                                .blocks = 16,
                                .threads = 64,
                                .schedule = schedule}),
              "");
    for (size_t i = 0; i < 1000; i++) EXPECT_EQ(y[i], 2 * x[i]);
  }
}

constexpr const char* kReverse = R"(extern "C" __global__ void __launch_bounds__(256, 1)
kernel(const float* __restrict__ x, float* y, int32_t* status) {
  HIDET_SHARED_MEMORY(shared_memory);
  float* a = (float*)(shared_memory + 0);
  a[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  float sum = a[255 - threadIdx.x];
  sum = sum + __shfl_xor_sync(0xffffffffu, sum, 1);
  y[threadIdx.x] = sum;
}
)";

TEST(EmulatedKernel, BarriersAndShuffles) {
  for (const Schedule& schedule : proving_schedules()) {
    std::vector<float> x = counted(256), y(256);
    EXPECT_EQ(run_text(kReverse, {.buffers = {input(x), output(y)},
                                  .threads = 256,
                                  .shared_bytes = 1024,
                                  .schedule = schedule}),
              "");
    for (size_t i = 0; i < 256; i++) EXPECT_EQ(y[i], x[255 - i] + x[(255 - i) ^ 1]);
  }
}

TEST(EmulatedKernel, OutOfBounds) {
  std::vector<float> x = counted(1000), y(1000);
  const TextLaunch launch = {
      .buffers = {input(x), output(y)}, .sizes = {1001}, .blocks = 16, .threads = 64};
  expect_contains(run_text(kScale, launch), {"kernel:5", "thread 40 of block 15", "bounds",
                                             "reads 4 bytes at byte 4000 of buffer 0"});
}

// Sums that nobody has set to zero are not zero by chance.
TEST(EmulatedKernel, RegistersNeverSet) {
  const auto compiler = find_host_compiler();
  ASSERT_TRUE(compiler) << compiler.reason();
  const KernelSource source = emulated_source("kernel", kScale, *compiler);
  const auto& flags = source.target_flags;
  if (std::count(flags.begin(), flags.end(), "-ftrivial-auto-var-init=pattern") == 0)
    GTEST_SKIP() << "GCC knows it since version 12";
  for (const char* sums : {"float sums[1];", "float sums[4];"}) {
    std::vector<float> x = counted(64), y(16);
    const std::string text = hidet::format(
        "extern \"C\" __global__ void kernel(const float* x, float* y, int32_t* status) {{\n"
        "  {}\n"
        "  for (int i = 0; i < 4; ++i) sums[i % (sizeof(sums) / 4)] += x[threadIdx.x * 4 + i];\n"
        "  y[threadIdx.x] = sums[0];\n"
        "}}\n",
        sums);
    EXPECT_EQ(run_text(text, {.buffers = {input(x), output(y)}, .threads = 16}), "");
    for (const float value : y) EXPECT_LT(value, -1e38f);
  }
}

TEST(EmulatedKernel, MissingBarrier) {
  std::string text = kReverse;
  text.replace(text.find("  __syncthreads();"), 18, "");
  for (const Schedule& schedule : proving_schedules()) {
    std::vector<float> x = counted(256), y(256);
    const std::string found = run_text(text, {.buffers = {input(x), output(y)},
                                              .threads = 256,
                                              .shared_bytes = 1024,
                                              .schedule = schedule});
    EXPECT_NE(found, "");
    if (schedule.order == Schedule::Order::forward)
      expect_contains(found, {"kernel:7", "thread 0 of block 0", "initialisation", "byte 1020"});
  }
}

}  // namespace
}  // namespace hidet
