#include "emulator/access_counts.h"

#include <gtest/gtest.h>

namespace hidet {
namespace {

std::vector<uint64_t> lanes(uint64_t stride, uint64_t first = 0, int count = 32) {
  std::vector<uint64_t> addresses;
  for (int lane = 0; lane < count; lane++)
    addresses.push_back(first + stride * static_cast<uint64_t>(lane));
  return addresses;
}

TEST(AccessCounts, PassesOverTheBanks) {
  EXPECT_EQ(cost_of_shared(lanes(4), 4).passes, 1);
  EXPECT_EQ(cost_of_shared(lanes(0), 4).passes, 1);  // all the same word
  EXPECT_EQ(cost_of_shared(lanes(8), 4).passes, 2);
  EXPECT_EQ(cost_of_shared(lanes(128), 4).passes, 32);
  EXPECT_EQ(cost_of_shared(lanes(132), 4).passes, 1);
  EXPECT_EQ(cost_of_shared(lanes(2), 2).passes, 1);
  EXPECT_EQ(cost_of_shared(lanes(8), 8).passes, 2);
  EXPECT_EQ(cost_of_shared(lanes(8), 8).least_passes, 2);
  EXPECT_EQ(cost_of_shared(lanes(16), 16).passes, 4);
  // Rows of matrices, as ldmatrix.x4 reads them, by their pitch.
  for (const auto& [pitch, passes] : std::vector<std::pair<uint64_t, int64_t>>{
           {64, 16}, {80, 4}, {128, 32}, {144, 4}, {256, 32}, {272, 4}})
    EXPECT_EQ(cost_of_shared(lanes(pitch), 16).passes, passes) << pitch;
}

TEST(AccessCounts, SectorsOfGlobalMemory) {
  EXPECT_EQ(cost_of_global(lanes(4), 4).sectors, 4);
  EXPECT_EQ(cost_of_global(lanes(4), 4).used_bytes, 128);
  EXPECT_EQ(cost_of_global(lanes(4, 4), 4).sectors, 5);
  EXPECT_EQ(cost_of_global(lanes(8), 4).sectors, 8);
  EXPECT_EQ(cost_of_global(lanes(8), 4).used_bytes, 128);
  EXPECT_EQ(cost_of_global(lanes(4096), 4).sectors, 32);
  EXPECT_EQ(cost_of_global(lanes(16), 16).sectors, 16);
  EXPECT_EQ(cost_of_global(lanes(0), 4).sectors, 1);
  EXPECT_EQ(cost_of_global(lanes(0), 4).used_bytes, 4);
}

TEST(AccessCounts, AccessesOfLanesMeetByTheirNumber) {
  AccessCounts counts;
  counts.begin_block(64);
  // Each lane runs alone: three accesses at one place.
  for (int thread = 0; thread < 64; thread++)
    for (int i = 0; i < 3; i++)
      counts.add(thread, {.site = 7, .shared = true},
                 static_cast<uint64_t>(i == 2 ? thread * 128 : thread * 4), 4);
  counts.end_block();
  ASSERT_EQ(counts.costs().size(), 1u);
  const AccessCost& cost = counts.costs().begin()->second;
  EXPECT_EQ(cost.requests, 6);
  EXPECT_EQ(cost.passes, 2 * (1 + 1 + 32));
  EXPECT_EQ(cost.least_passes, 6);
}

TEST(AccessCounts, LanesThatLeaveOut) {
  AccessCounts counts;
  counts.begin_block(32);
  for (int thread = 0; thread < 16; thread++)
    counts.add(thread, {.site = 7}, static_cast<uint64_t>(thread * 4), 4);
  counts.end_block();
  EXPECT_EQ(counts.costs().begin()->second.requests, 1);
  EXPECT_EQ(counts.costs().begin()->second.sectors, 2);
}

}  // namespace
}  // namespace hidet
