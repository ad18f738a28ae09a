#include "target/occupancy.h"

#include <gtest/gtest.h>

namespace hidet {
namespace {

Occupancy on(std::string_view target, int threads, int registers, int64_t shared_bytes) {
  return occupancy(cuda_target(target).cuda, threads, registers, shared_bytes);
}

// Expected numbers are those of NVIDIA's cuda_occupancy.h (CUDA 13), a calculator for the host.
TEST(Occupancy, IsWhatTheVendorsCalculatorSays) {
  const struct {
    int threads, registers;
    int64_t shared;
    int sm_80, sm_86, sm_89, sm_90a, sm_100a, sm_120a;
  } rows[] = {{384, 168, 226 << 10, 0, 0, 0, 1, 1, 0},
              {128, 168, 64 << 10, 2, 1, 1, 3, 3, 1},
              {128, 255, 48 << 10, 2, 2, 2, 2, 2, 2}};
  for (const auto& row : rows) {
    EXPECT_EQ(on("sm_80", row.threads, row.registers, row.shared).blocks, row.sm_80);
    EXPECT_EQ(on("sm_86", row.threads, row.registers, row.shared).blocks, row.sm_86);
    EXPECT_EQ(on("sm_89", row.threads, row.registers, row.shared).blocks, row.sm_89);
    EXPECT_EQ(on("sm_90a", row.threads, row.registers, row.shared).blocks, row.sm_90a);
    EXPECT_EQ(on("sm_100a", row.threads, row.registers, row.shared).blocks, row.sm_100a);
    EXPECT_EQ(on("sm_120a", row.threads, row.registers, row.shared).blocks, row.sm_120a);
  }
}

TEST(Occupancy, NamesWhatBoundsIt) {
  EXPECT_EQ(on("sm_80", 128, 255, 0).limit, "registers");
  EXPECT_EQ(on("sm_80", 128, 32, 100 << 10).limit, "shared memory");
  EXPECT_EQ(on("sm_80", 1024, 16, 0).limit, "threads");
  EXPECT_EQ(on("sm_86", 32, 16, 0).limit, "blocks");
  EXPECT_EQ(on("sm_86", 32, 16, 0).blocks, 16);
  EXPECT_EQ(on("sm_89", 1024, 16, 0).blocks, 1);
  EXPECT_EQ(on("sm_80", 96, 40, 0).warps, on("sm_80", 96, 40, 0).blocks * 3);
}

TEST(Occupancy, WhatDoesNotFitRunsNowhere) {
  EXPECT_EQ(on("sm_80", 1025, 16, 0).blocks, 0);
  EXPECT_EQ(on("sm_80", 1024, 65, 0).blocks, 0);
  EXPECT_EQ(on("sm_80", 32, 256, 0).blocks, 0);
  EXPECT_EQ(on("sm_86", 128, 32, (99 << 10) + 1).blocks, 0);
  EXPECT_EQ(on("sm_86", 128, 32, 99 << 10).blocks, 1);
}

}  // namespace
}  // namespace hidet
