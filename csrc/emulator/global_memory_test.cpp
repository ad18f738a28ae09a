#include "emulator/global_memory.h"

#include <gtest/gtest.h>

#include <numeric>

namespace hidet {
namespace {

TEST(GlobalMemory, BuffersAreFarApartAndComeBack) {
  std::vector<int32_t> one(100), other(50);
  std::iota(one.begin(), one.end(), 0);
  const std::vector<GlobalBuffer> buffers = {
      {.data = one.data(), .bytes = 400, .written = true},
      {.data = other.data(), .bytes = 200},
  };
  GlobalMemory memory(buffers);
  auto* copy = static_cast<int32_t*>(memory.address(0));
  EXPECT_EQ(copy[99], 99);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(copy) % 64, reinterpret_cast<uintptr_t>(one.data()) % 64);
  const int64_t apart = static_cast<char*>(memory.address(1)) - static_cast<char*>(memory.address(0));
  EXPECT_GE(std::abs(apart), int64_t{1} << 32);
  auto* region = memory.near(copy + 120);
  ASSERT_TRUE(region);
  EXPECT_EQ(region->bytes, 400);
  EXPECT_TRUE(region->written);
  EXPECT_FALSE(memory.near(memory.address(1))->written);
  EXPECT_FALSE(memory.near(&memory));
  copy[3] = 77;
  EXPECT_EQ(one[3], 3);
  memory.copy_back();
  EXPECT_EQ(one[3], 77);
}

TEST(GlobalMemory, BuffersThatOverlapShareACopy) {
  std::vector<int32_t> all(100);
  const std::vector<GlobalBuffer> buffers = {
      {.data = all.data() + 50, .bytes = 200, .written = true},
      {.data = all.data(), .bytes = 220},
      {.data = all.data() + 20, .bytes = 0},
  };
  GlobalMemory memory(buffers);
  ASSERT_EQ(memory.regions().size(), 1u);
  EXPECT_EQ(memory.regions()[0].bytes, 400);
  EXPECT_EQ(static_cast<int32_t*>(memory.address(0)) - static_cast<int32_t*>(memory.address(1)), 50);
}

TEST(GlobalMemory, NeighboursAreParted) {
  std::vector<int32_t> all(100);
  const std::vector<GlobalBuffer> buffers = {{.data = all.data(), .bytes = 200, .written = true},
                                             {.data = all.data() + 50, .bytes = 200}};
  const GlobalMemory memory(buffers);
  EXPECT_EQ(memory.regions().size(), 2u);
}

}  // namespace
}  // namespace hidet
