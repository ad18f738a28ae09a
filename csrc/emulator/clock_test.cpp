#include "emulator/clock.h"

#include <gtest/gtest.h>

namespace hidet {
namespace {

TEST(Clock, SeesWhatItWasTold) {
  Clock clock;
  EXPECT_FALSE(clock.sees(3, 1));
  clock.raise(10);
  EXPECT_TRUE(clock.sees(3, 10));
  EXPECT_FALSE(clock.sees(3, 11));
  EXPECT_FALSE(clock.sees(kFirstUnit, 1));  // no unit is one of all threads
  clock.see(3, 12);
  EXPECT_TRUE(clock.sees(3, 12));
  EXPECT_FALSE(clock.sees(4, 12));
  EXPECT_FALSE(clock.is_flat());
}

TEST(Clock, JoinsWhatBothSaw) {
  Clock one, other;
  one.see(0, 5);
  one.see(kFirstUnit + 1, 7);
  other.raise(3);
  other.see(0, 4);
  other.see(2, 9);
  one.join(other);
  EXPECT_TRUE(one.sees(0, 5));
  EXPECT_TRUE(one.sees(1, 3));
  EXPECT_TRUE(one.sees(2, 9));
  EXPECT_FALSE(one.sees(2, 10));
  EXPECT_TRUE(one.sees(kFirstUnit + 1, 7));
  Clock units;
  units.join_units(one);
  EXPECT_TRUE(units.sees(kFirstUnit + 1, 7));
  EXPECT_FALSE(units.sees(0, 1));
  EXPECT_TRUE(units.has_units());
}

}  // namespace
}  // namespace hidet
