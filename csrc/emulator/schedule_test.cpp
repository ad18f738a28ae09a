// The orders in which threads run.
#include "emulator/schedule.h"

#include <gtest/gtest.h>

#include "emulator/run_text_for_test.h"

namespace hidet {
namespace {

// Four warps; the lanes 0 of `waits` and of the middle ones note when they come to their ends.
// Those of the warp `waits` wait until a warp in the middle has arrived.
std::vector<int32_t> order_of_ends(int waits, int arrives, Schedule::Order order) {
  const std::string text = hidet::format(
      "extern \"C\" __global__ void kernel(int* y, int* count, int32_t* status) {{\n"
      "  HIDET_SHARED_MEMORY(shared_memory);\n"
      "  uint64_t* barrier = (uint64_t*)shared_memory;\n"
      "  const int warp = threadIdx.x / 32;\n"
      "  if (threadIdx.x == 0) hidet_mbarrier_init(barrier, 1);\n"
      "  __syncthreads();\n"
      "  if (warp == {}) hidet_mbarrier_wait(barrier, 0);\n"
      "  if (threadIdx.x == {} * 32) hidet_mbarrier_arrive(barrier);\n"
      "  __syncwarp();\n"
      "  if (threadIdx.x % 32 == 0) y[atomicAdd(count, 1)] = warp;\n"
      "}}\n",
      waits, arrives);
  std::vector<int32_t> ends(4), count(1);
  EXPECT_EQ(run_text(text, {.buffers = {output(ends, DType::i32), output(count, DType::i32)},
                            .threads = 128,
                            .shared_bytes = 16,
                            .schedule = {.order = order}}),
            "");
  return ends;
}

// Who waited goes on before others begin that are further away.
TEST(Schedule, TheLowestOrTheHighestWarpThatCanRuns) {
  EXPECT_EQ(order_of_ends(0, 1, Schedule::Order::forward), (std::vector<int32_t>{1, 0, 2, 3}));
  EXPECT_EQ(order_of_ends(1, 2, Schedule::Order::forward), (std::vector<int32_t>{0, 2, 1, 3}));
  EXPECT_EQ(order_of_ends(3, 2, Schedule::Order::reverse), (std::vector<int32_t>{2, 3, 1, 0}));
  EXPECT_EQ(order_of_ends(2, 1, Schedule::Order::reverse), (std::vector<int32_t>{3, 1, 2, 0}));
}

}  // namespace
}  // namespace hidet
