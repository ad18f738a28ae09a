// cp.async: pipelines that wait as they must run under every schedule; those that do not are found.
#include <gtest/gtest.h>

#include "emulator/run_maps_for_test.h"

namespace hidet {
namespace {

// Each thread's 16 bytes of four steps come through three stages; the neighbour's are read.
constexpr const char* kPipeline = R"(extern "C" __global__ void __launch_bounds__(64)
kernel(const float* __restrict__ x, float* y) {
  HIDET_SHARED_MEMORY(shared);
  float* a = (float*)shared;
  const int t = threadIdx.x;
  for (int i = 0; i < 2; ++i) {
    hidet_cp_async_16(a + i * 256 + t * 4, x + i * 256 + t * 4, 16);
    hidet_cp_async_commit();
  }
  for (int i = 0; i < 4; ++i) {
    hidet_cp_async_wait<1>();
    __syncthreads();
    if (i + 2 < 4)
      hidet_cp_async_16(a + (i + 2) % 3 * 256 + t * 4, x + (i + 2) * 256 + t * 4, 16);
    hidet_cp_async_commit();
    for (int j = 0; j < 4; ++j)
      y[i * 256 + t * 4 + j] = a[i % 3 * 256 + (t ^ 1) * 4 + j];
  }
}
)";

std::string run_pipeline(const std::string& text, const Schedule& schedule, bool* is_right) {
  std::vector<float> x(1024), y(1024);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) - 300;
  const std::string found =
      run_maps(emulated_text(text), {.buffers = {global_input(x), global_output(y)},
                                     .threads = 64,
                                     .shared_bytes = 3072,
                                     .schedule = schedule});
  *is_right = true;
  for (size_t i = 0; i < y.size(); ++i) *is_right = *is_right && y[i] == x[i ^ 4];
  return found;
}

TEST(CopyInstructions, PipelineUnderEverySchedule) {
  for (const Schedule& schedule : proving_schedules()) {
    bool is_right = false;
    EXPECT_EQ(run_pipeline(kPipeline, schedule, &is_right), "");
    EXPECT_TRUE(is_right);
  }
}

TEST(CopyInstructions, BrokenPipelinesAreFound) {
  const std::tuple<const char*, const char*, const char*, const char*> faults[] = {
      // The wait leaves one group too many.
      {"wait<1>", "wait<2>", "waits", "cp.async"},
      // No wait at all.
      {"hidet_cp_async_wait<1>();", "", "waits", "cp.async"},
      // What others have copied is read without a barrier.
      {"    __syncthreads();\n", "", "", ""},
      // A group less: the count of the wait no longer fits.
      {"    hidet_cp_async_commit();\n  }\n  for", "  }\n  hidet_cp_async_commit();\n  for",
       "waits", "cp.async"},
      // A stage less: the copy goes to what is being read.
      {"(i + 2) % 3", "i % 3", "", ""},
  };
  for (const auto& [from, to, check, by] : faults)
    for (const Schedule& schedule : proving_schedules()) {
      bool is_right = false;
      const std::string found = run_pipeline(changed(kPipeline, from, to), schedule, &is_right);
      EXPECT_NE(found, "") << from << to;
      expect_parts(found, {check, by, "kernel:"});
    }
}

TEST(CopyInstructions, ReportsNameBothLines) {
  bool is_right = false;
  const std::string found =
      run_pipeline(changed(kPipeline, "hidet_cp_async_wait<1>();", ""), {}, &is_right);
  expect_parts(found, {"kernel:17, thread ", "line 7 is still going to write"});
}

TEST(CopyInstructions, EverySizeAndItsZeros) {
  for (const int size : {4, 8, 16}) {
    const std::string text = hidet::format(R"(extern "C" __global__ void __launch_bounds__(32)
kernel(const unsigned char* __restrict__ x, unsigned char* y) {{
  HIDET_SHARED_MEMORY(shared);
  const int t = threadIdx.x;
  hidet_cp_async_{0}(shared + t * {0}, x + t * {0}, t % ({0} + 1));
  hidet_cp_async_commit();
  hidet_cp_async_wait<0>();
  for (int i = 0; i < {0}; ++i) y[t * {0} + i] = shared[t * {0} + i];
}}
)",
                                           size);
    for (const Schedule& schedule : proving_schedules()) {
      std::vector<uint8_t> x(static_cast<size_t>(size) * 32), y(x.size(), 1);
      for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<uint8_t>(i * 7 + 1);
      EXPECT_EQ(run_maps(emulated_text(text), {.buffers = {global_input(x), global_output(y)},
                                               .shared_bytes = 512,
                                               .schedule = schedule}),
                "");
      for (size_t i = 0; i < y.size(); ++i) {
        const size_t t = i / static_cast<size_t>(size), at = i % static_cast<size_t>(size);
        EXPECT_EQ(y[i], at < t % static_cast<size_t>(size + 1) ? x[i] : 0) << size << " " << i;
      }
    }
  }
}

TEST(CopyInstructions, WhatACopyMayNotBe) {
  constexpr const char* kCopy = R"(extern "C" __global__ void __launch_bounds__(32)
kernel(const unsigned char* __restrict__ x, unsigned char* y) {
  HIDET_SHARED_MEMORY(shared);
  hidet_cp_async_16(shared + threadIdx.x * 16, x + threadIdx.x * 16, 16);
  hidet_cp_async_commit();
  hidet_cp_async_wait<0>();
  y[threadIdx.x] = shared[threadIdx.x * 16];
}
)";
  const auto run = [](const std::string& text) {
    std::vector<uint8_t> x(512, 3), y(32);
    return run_maps(emulated_text(text),
                    {.buffers = {global_input(x), global_output(y)}, .shared_bytes = 512});
  };
  EXPECT_EQ(run(kCopy), "");
  expect_parts(run(changed(kCopy, ", 16);", ", 17);")), {"kernel:4", "17 bytes into 16"});
  expect_parts(run(changed(kCopy, "x + threadIdx.x * 16", "x + threadIdx.x * 16 + 8")),
               {"kernel:4", "alignment", "multiple"});
  expect_parts(run(changed(kCopy, "shared + threadIdx.x * 16", "shared + threadIdx.x * 16 + 4")),
               {"kernel:4", "alignment"});
  expect_parts(run(changed(kCopy, "x + threadIdx.x * 16", "x + threadIdx.x * 32")),
               {"kernel:4", "bounds"});
  expect_parts(run(changed(kCopy, "(shared + threadIdx.x * 16", "(y")), {"kernel:4", "bounds"});
  // Two threads copy to one place.
  expect_parts(run(changed(kCopy, "shared + threadIdx.x * 16", "shared + threadIdx.x / 2 * 16")),
               {"kernel:4", "races"});
}

}  // namespace
}  // namespace hidet
