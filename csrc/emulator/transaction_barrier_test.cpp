#include "emulator/transaction_barrier.h"

#include <gtest/gtest.h>

namespace hidet {
namespace {

bool waits(TransactionBarrier& barrier, int parity) {
  barrier.see(parity);
  return !barrier.is_over(parity);
}

TEST(TransactionBarrier, PhasesOfArrivals) {
  TransactionBarrier barrier;
  EXPECT_EQ(barrier.init(2), "");
  EXPECT_FALSE(waits(barrier, 1));  // the phase before the first
  EXPECT_EQ(barrier.arrive(), "");
  EXPECT_TRUE(waits(barrier, 0));
  EXPECT_EQ(barrier.arrive(), "");
  EXPECT_FALSE(waits(barrier, 0));
  EXPECT_TRUE(waits(barrier, 1));
  EXPECT_EQ(barrier.arrive(), "");
  EXPECT_EQ(barrier.arrive(), "");
  EXPECT_FALSE(waits(barrier, 1));
  EXPECT_EQ(barrier.phase(), 2u);
}

TEST(TransactionBarrier, BytesBeforeAndAfterTheyAreExpected) {
  TransactionBarrier barrier;
  EXPECT_EQ(barrier.init(1), "");
  EXPECT_EQ(barrier.arrive_and_expect(96), "");
  EXPECT_EQ(barrier.complete(64), "");
  EXPECT_EQ(barrier.text(), "phase 0 lacks 0 of 1 arrivals and 32 bytes");
  EXPECT_EQ(barrier.complete(32), "");
  EXPECT_FALSE(waits(barrier, 0));
  EXPECT_EQ(barrier.complete(64), "");
  EXPECT_EQ(barrier.arrive_and_expect(64), "");
  EXPECT_FALSE(waits(barrier, 1));
}

TEST(TransactionBarrier, Misuse) {
  TransactionBarrier barrier;
  EXPECT_NE(barrier.init(0), "");
  EXPECT_EQ(barrier.init(1), "");
  EXPECT_EQ(barrier.init(1), "a barrier in use is initialised again");
  EXPECT_EQ(barrier.arrive(), "");
  EXPECT_EQ(barrier.arrive(), "an arrival of phase 1, but no thread has waited for phase 0");
  EXPECT_FALSE(waits(barrier, 0));
  EXPECT_EQ(barrier.arrive_and_expect(16), "");
  EXPECT_EQ(barrier.arrive(), "more than 1 arrivals in phase 1, which waits for 16 bytes");
  EXPECT_EQ(barrier.complete(48), "32 bytes more than expected in phase 1");
  TransactionBarrier large;
  EXPECT_EQ(large.init(1), "");
  EXPECT_EQ(large.arrive_and_expect(1 << 20),
            "1048576 bytes are under way at once; at most 1048575 can be counted");
}

}  // namespace
}  // namespace hidet
