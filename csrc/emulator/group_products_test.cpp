#include "emulator/group_products.h"

#include <gtest/gtest.h>

#include <cstring>

namespace hidet {
namespace {

// A warpgroup's sums of 64 x 8, and an operand of ones everywhere: each product adds 16 times the
// square of `value`.
struct Fixture {
  std::array<std::array<float, 4>, 128> registers{};
  std::array<float*, 128> sums;
  uint16_t elements[8];
  GroupProducts products;

  Fixture() {
    for (size_t i = 0; i < 128; ++i) sums[i] = registers[i].data();
    set(1);
  }
  void set(float value) {
    for (uint16_t& each : elements)
      each = static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16);
  }
  SharedBlocks blocks() {
    return [this](uint32_t) { return reinterpret_cast<const uint8_t*>(elements); };
  }
  std::string issue(bool keep_sums, bool is_done_now = false) {
    return products.issue({.keep_sums = keep_sums}, sums, is_done_now, blocks());
  }
  bool all_are(float value) const {
    for (const auto& thread : registers)
      for (float each : thread)
        if (each != value) return false;
    return true;
  }
};

TEST(GroupProducts, SumsAreThereAfterTheWaitForTheLastOfThem) {
  Fixture f;
  f.products.fence();
  EXPECT_EQ(f.issue(false), "");
  f.products.commit();
  EXPECT_EQ(f.issue(true), "");
  f.products.commit();
  EXPECT_TRUE(std::isnan(f.registers[5][1]));
  EXPECT_EQ(f.products.wait(1), "");
  EXPECT_TRUE(std::isnan(f.registers[5][1]));
  EXPECT_FALSE(f.products.is_idle());
  EXPECT_EQ(f.products.wait(0), "");
  EXPECT_TRUE(f.all_are(32));
  EXPECT_TRUE(f.products.is_idle());
}

TEST(GroupProducts, OperandsAreReadAsLateAsTheWait) {
  Fixture late, early;
  for (Fixture* f : {&late, &early}) {
    f->products.fence();
    EXPECT_EQ(f->issue(true), "");
    EXPECT_EQ(f->issue(true, f == &early), "");
    f->products.commit();
    f->set(3);
    EXPECT_EQ(f->products.wait(0), "");
  }
  EXPECT_TRUE(late.all_are(2 * 9 * 16));
  EXPECT_TRUE(early.all_are(2 * 16));
}

TEST(GroupProducts, NothingIsWaitedForThatWasNotCommitted) {
  Fixture f;
  f.products.fence();
  EXPECT_EQ(f.issue(false), "");
  EXPECT_EQ(f.products.wait(0), "");
  EXPECT_FALSE(f.products.is_idle());
}

TEST(GroupProducts, AFenceIsNeededWhereThreadsWroteTheSums) {
  Fixture f;
  EXPECT_NE(f.issue(false), "");
  f.products.fence();
  EXPECT_EQ(f.issue(false), "");
  f.products.commit();
  EXPECT_EQ(f.products.wait(0), "");
  EXPECT_EQ(f.issue(true), "");  // as they were left
  f.products.commit();
  EXPECT_EQ(f.products.wait(0), "");
  f.registers[100][2] += 1;
  EXPECT_EQ(f.issue(true), "no wgmma fence since threads wrote the registers of the sums");
}

TEST(GroupProducts, SumsUnderWayMayNotBeWritten) {
  Fixture f;
  f.products.fence();
  EXPECT_EQ(f.issue(false), "");
  f.products.commit();
  f.registers[100][2] = 0;
  EXPECT_EQ(f.products.wait(0),
            "register 2 of the sums of the warpgroup's thread 100 was written before the wait");
}

}  // namespace
}  // namespace hidet
