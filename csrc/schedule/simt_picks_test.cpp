// What the cost model of products on scalar units picks.
#include "schedule/matmul_simt_cost.h"

#include <cmath>

#include "schedule/picks_for_test.h"

namespace hidet {
namespace {

TEST(SimtPicks, AreThoseOfTheTable) {
  expect_picks("simt_picks.txt", [](const PickShape& shape, const Target& target) {
    const MatmulSizes sizes{.batch = static_cast<double>(shape.batch),
                            .m = static_cast<double>(shape.m),
                            .n = static_cast<double>(shape.n),
                            .k = static_cast<double>(shape.k),
                            .b_has_batch = shape.batch > 1};
    const SimtParams params = pick_simt_params(sizes, target);
    const CudaTime time = cuda_time(simt_work(sizes, params, target)[0], target);
    return hidet::format("{:48} {:9.1f} us  {:.1f} waves, {}", params.to_string(),
                         1e6 * simt_seconds(sizes, params, target), time.waves, time.limit);
  });
}

// What any model of these kernels has to say.
TEST(SimtPicks, FollowTheShape) {
  const Target target = cuda_target("sm_80");
  const auto pick = [&](double m, double n, double k) {
    return pick_simt_params({.m = m, .n = n, .k = k}, target);
  };
  const auto seconds = [&](double m, double n, double k) {
    return simt_seconds({.m = m, .n = n, .k = k}, pick(m, n, k), target);
  };
  // Few tiles and a long k: pieces. Many tiles: none.
  EXPECT_GT(pick(16, 16, 65536).split, 1);
  EXPECT_EQ(pick(4096, 4096, 4096).split, 1);
  // One row wastes less of a low tile.
  EXPECT_LT(pick(1, 4096, 4096).rows(), pick(4096, 4096, 4096).rows());
  // Near the peak for large squares, and hardly slower for sizes that divide nothing (the paper's
  // section 6: at most 4 % there).
  const double peak = target.cuda.multiprocessors * target.cuda.f32_rate * target.cuda.clock_hertz;
  EXPECT_GT(2.0 * 4096 * 4096 * 4096 / seconds(4096, 4096, 4096), 0.6 * peak);
  EXPECT_LT(2.0 * 4096 * 4096 * 4096 / seconds(4096, 4096, 4096), peak);
  EXPECT_LT(seconds(2039, 2039, 2039), 1.04 * seconds(2048, 2048, 2048));
  // More work never takes less time.
  EXPECT_LE(seconds(512, 512, 512), seconds(512, 512, 1024));
  EXPECT_LE(seconds(512, 512, 512), seconds(1024, 512, 512));
}

TEST(CudaCost, BoundsAreWhereTheyBelong) {
  const Target target = cuda_target("sm_90a");
  // Many bytes: memory, at most its rate.
  CudaWork copy{.blocks = 65536, .threads = 256, .registers = 32};
  copy.memory_bytes = 2.0 * (1 << 30);
  copy.loaded_bytes = copy.stored_bytes = copy.memory_bytes / 2 / copy.blocks;
  const CudaTime of_copy = cuda_time(copy, target);
  EXPECT_EQ(of_copy.limit, "memory");
  EXPECT_GT(of_copy.seconds, copy.memory_bytes / target.cuda.memory_bytes_per_second);
  EXPECT_LT(of_copy.seconds, 1.5 * copy.memory_bytes / target.cuda.memory_bytes_per_second);
  // One block with many short steps waits for its loads.
  CudaWork single{.blocks = 1, .threads = 128, .steps = 1000, .stages = 2, .flops = 1000};
  EXPECT_EQ(cuda_time(single, target).limit, "latency");
  // More stages hide it.
  CudaWork staged = single;
  staged.stages = 4;
  EXPECT_LT(cuda_time(staged, target).seconds, cuda_time(single, target).seconds);
  // What does not fit takes forever.
  CudaWork large{.threads = 128, .shared_bytes = 1 << 20};
  EXPECT_EQ(cuda_time(large, target).blocks_at_once, 0);
  EXPECT_TRUE(std::isinf(cuda_time(large, target).seconds));
}

}  // namespace
}  // namespace hidet
