#include "emulator/access_counts.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hidet {
namespace {

std::vector<LaneAddress> lanes(uint64_t stride, uint64_t first = 0, int count = 32) {
  std::vector<LaneAddress> accesses;
  for (int lane = 0; lane < count; lane++)
    accesses.push_back({lane, first + stride * static_cast<uint64_t>(lane)});
  return accesses;
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

// Rows of eight vectors, four apart: a row has the banks for itself.
TEST(AccessCounts, TheOrderInWhichLanesRunSaysNothing) {
  std::vector<LaneAddress> accesses;
  for (int lane = 0; lane < 32; lane++)
    accesses.push_back({lane, static_cast<uint64_t>(lane / 8 * 512 + lane % 8 * 16)});
  EXPECT_EQ(cost_of_shared(accesses, 16).passes, 4);
  std::rotate(accesses.begin(), accesses.end() - 1, accesses.end());
  EXPECT_EQ(cost_of_shared(accesses, 16).passes, 4);
  EXPECT_EQ(cost_of_shared(accesses, 16).least_passes, 4);
}

TEST(AccessCounts, LanesThatLeaveOutKeepTheOthersApart) {
  // Of each eight lanes the first one.
  const std::vector<LaneAddress> accesses = {{0, 0}, {8, 16}, {16, 32}, {24, 48}};
  EXPECT_EQ(cost_of_shared(accesses, 16).passes, 4);
  EXPECT_EQ(cost_of_shared(accesses, 16).least_passes, 4);
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
  EXPECT_EQ(cost_of_global(lanes(0), 4).least_sectors, 1);
  EXPECT_EQ(cost_of_global(lanes(4, 4), 4).least_sectors, 4);
  EXPECT_EQ(cost_of_global(lanes(32), 16).sectors, 32);
  EXPECT_EQ(cost_of_global(lanes(32), 16).least_sectors, 16);
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
