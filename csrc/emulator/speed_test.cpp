// How many accesses a second one thread of the machine checks. Printed; the bound is a tenth of what
// is asked for, as tests are not always built to be fast.
#include <gtest/gtest.h>

#include <ctime>

#include "emulator/run_text_for_test.h"

namespace hidet {
namespace {

// Two reads of shared memory and a read of a global buffer a step.
constexpr const char* kSteps = R"(extern "C" __global__ void __launch_bounds__(128, 1)
kernel(const float* __restrict__ x, float* y, int64_t n, int32_t* status) {
  HIDET_SHARED_MEMORY(shared_memory);
  float* a = (float*)(shared_memory + 0);
  float sum = 0.0f;
  for (int64_t t = 0; t < n; ++t) {
    a[threadIdx.x] = x[t * 128 + threadIdx.x];
    __syncthreads();
    for (int64_t i = 0; i < 32; ++i) {
      sum = sum + a[i * 4] * a[(threadIdx.x + i) % 128] + x[t * 128 + i];
    }
    __syncthreads();
  }
  y[(int64_t)blockIdx.x * 128 + threadIdx.x] = sum;
}
)";

TEST(EmulatorSpeed, CheckedAccessesASecond) {
  const int64_t steps = 64, blocks = 16;
  std::vector<float> x(static_cast<size_t>(steps * 128), 1.0f), y(static_cast<size_t>(blocks * 128));
  const TextLaunch launch = {.buffers = {input(x), output(y)},
                             .sizes = {steps},
                             .blocks = blocks,
                             .threads = 128,
                             .shared_bytes = 512};
  // Counted, too: the compiler may have left some out.
  TextLaunch counted = launch;
  counted.log = std::make_shared<EmulationLog>();
  ASSERT_EQ(run_text(kSteps, counted), "");
  double accesses = 0;
  for (const EmulationLog::Kernel& kernel : counted.log->kernels())
    for (const auto& [place, cost] : kernel.costs)
      accesses += static_cast<double>(cost.requests * 32);
  EXPECT_EQ(accesses, static_cast<double>(blocks * 128 * (steps * (2 + 32 * 3) + 1)));
  // Of all threads: others may use the machine meanwhile.
  const std::clock_t start = std::clock();
  ASSERT_EQ(run_text(kSteps, launch), "");
  const double elapsed = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const double rate = accesses / elapsed / 1e6;
  std::printf("%.0f million checked accesses a second and thread\n", rate);
  RecordProperty("million_accesses_a_second", static_cast<int>(rate));
  EXPECT_GT(rate, 2);
}

}  // namespace
}  // namespace hidet
