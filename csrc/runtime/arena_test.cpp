#include "runtime/arena.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"

namespace hidet {
namespace {

TEST(Arena, ReusesWhatHasEnded) {
  // a, b live at once, c after a.
  std::vector<ArenaEvent> events = {{0, true}, {1, true}, {0, false}, {2, true}};
  ArenaLayout layout = plan_arena(events, std::vector<int64_t>{100, 200, 128});
  EXPECT_EQ(layout.offsets, (std::vector<int64_t>{0, 128, 0}));
  EXPECT_EQ(layout.bytes, 128 + 256);
}

TEST(Arena, TheLastPieceGrowsAndNeighboursJoin) {
  std::vector<ArenaEvent> events = {{0, true}, {1, true}, {0, false}, {1, false}, {2, true}};
  ArenaLayout layout = plan_arena(events, std::vector<int64_t>{64, 64, 256});
  EXPECT_EQ(layout.offsets[2], 0);
  EXPECT_EQ(layout.bytes, 256);
}

TEST(Arena, NothingAndTooMuch) {
  std::vector<ArenaEvent> events = {{0, true}, {1, true}};
  EXPECT_EQ(plan_arena(events, std::vector<int64_t>{0, 0}).bytes, 0);
  EXPECT_THROW(plan_arena(events, std::vector<int64_t>{INT64_MAX / 2, INT64_MAX / 2 + 1}),
               UserError);
}

TEST(Arena, RandomLifetimesNeverOverlap) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; round++) {
    std::vector<ArenaEvent> events;
    std::vector<int64_t> sizes;
    std::vector<int32_t> alive;
    std::vector<std::vector<int32_t>> alive_with;
    int64_t needed = 0;
    for (int step = 0; step < 60; step++) {
      if (!alive.empty() && random() % 2) {
        size_t place = random() % alive.size();
        events.push_back({alive[place], false});
        alive.erase(alive.begin() + static_cast<ptrdiff_t>(place));
        continue;
      }
      auto buffer = static_cast<int32_t>(sizes.size());
      sizes.push_back(static_cast<int64_t>(random() % 1000));
      events.push_back({buffer, true});
      alive_with.push_back(alive);
      alive.push_back(buffer);
      int64_t now = 0;
      for (int32_t one : alive) now += sizes[one];
      needed = std::max(needed, now);
    }
    ArenaLayout layout = plan_arena(events, sizes);
    EXPECT_GE(layout.bytes, needed);
    for (size_t a = 0; a < sizes.size(); a++) {
      EXPECT_EQ(layout.offsets[a] % kArenaAlignment, 0);
      EXPECT_LE(layout.offsets[a] + sizes[a], layout.bytes);
      for (int32_t b : alive_with[a])
        EXPECT_TRUE(sizes[a] == 0 || sizes[b] == 0 ||
                    layout.offsets[a] + sizes[a] <= layout.offsets[b] ||
                    layout.offsets[b] + sizes[b] <= layout.offsets[a])
            << "round " << round;
    }
  }
}

}  // namespace
}  // namespace hidet
