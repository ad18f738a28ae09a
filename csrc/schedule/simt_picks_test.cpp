// What the cost model picks for 60 products of fp32 on two architectures, as a table: a change of
// the model, or of the space, shows there. HIDET_UPDATE_GOLDEN=1 writes it anew.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "schedule/matmul_simt_cost.h"

namespace hidet {
namespace {

struct Shape {
  int64_t batch, m, n, k;
};

constexpr Shape kShapes[] = {
    // Squares, and those of the paper: 2048 down to a prime.
    {1, 64, 64, 64},
    {1, 128, 128, 128},
    {1, 256, 256, 256},
    {1, 512, 512, 512},
    {1, 1024, 1024, 1024},
    {1, 4096, 4096, 4096},
    {1, 2048, 2048, 2048},
    {1, 2047, 2047, 2047},
    {1, 2046, 2046, 2046},
    {1, 2045, 2045, 2045},
    {1, 2044, 2044, 2044},
    {1, 2043, 2043, 2043},
    {1, 2042, 2042, 2042},
    {1, 2039, 2039, 2039},
    // Skinny.
    {1, 1, 4096, 4096},
    {1, 1, 1024, 1024},
    {1, 1, 3072, 768},
    {1, 8, 4096, 4096},
    {1, 16, 4096, 1024},
    {1, 32, 768, 768},
    {1, 4096, 1, 4096},
    {1, 4096, 16, 64},
    {1, 4096, 4096, 16},
    {1, 16, 16, 65536},
    {1, 1, 1, 1000000},
    {1, 1000, 1000, 1},
    // Odd.
    {1, 3, 5, 7},
    {1, 17, 23, 19},
    {1, 127, 127, 127},
    {1, 255, 511, 257},
    {1, 1000, 999, 1001},
    {7, 37, 41, 43},
    // BERT-base: rows of 128 and of 512 tokens; heads.
    {1, 128, 768, 768},
    {1, 128, 2304, 768},
    {1, 128, 3072, 768},
    {1, 128, 768, 3072},
    {1, 512, 768, 768},
    {1, 512, 3072, 768},
    {12, 128, 128, 64},
    {12, 128, 64, 128},
    {96, 512, 512, 64},
    {1, 1, 768, 768},
    // MiniLM.
    {1, 16, 384, 384},
    {1, 16, 1536, 384},
    {1, 16, 384, 1536},
    {1, 37, 384, 384},
    {1, 37, 1536, 384},
    {1, 128, 1536, 384},
    {1, 1024, 384, 1536},
    // GPT-2.
    {1, 24, 2304, 768},
    {1, 24, 768, 3072},
    {1, 1024, 2304, 768},
    {1, 1, 50257, 768},
    {1, 24, 50257, 768},
    // Training of small networks, and convolutions as products.
    {1, 32, 10, 128},
    {1, 784, 256, 32},
    {1, 196, 256, 2304},
    {1, 3136, 64, 576},
    {1, 49, 512, 4608},
    {1, 784, 128, 1152},
};
static_assert(std::size(kShapes) == 60);

std::string table() {
  std::string text;
  for (const char* name : {"sm_80", "sm_90a"}) {
    const Target target = cuda_target(name);
    for (const Shape& shape : kShapes) {
      const MatmulSizes sizes{.batch = static_cast<double>(shape.batch),
                              .m = static_cast<double>(shape.m),
                              .n = static_cast<double>(shape.n),
                              .k = static_cast<double>(shape.k),
                              .b_has_batch = shape.batch > 1};
      const SimtParams params = pick_simt_params(sizes, target);
      const CudaTime time = cuda_time(simt_work(sizes, params, target)[0], target);
      text += hidet::format("{:6} {:3} x {:5} x {:5} x {:7}  {:48} {:9.1f} us  {:.1f} waves, {}\n",
                            name, shape.batch, shape.m, shape.n, shape.k, params.to_string(),
                            1e6 * simt_seconds(sizes, params, target), time.waves, time.limit);
    }
  }
  return text;
}

TEST(SimtPicks, AreThoseOfTheTable) {
  const std::string path = HIDET_SOURCE_DIR "/csrc/schedule/golden/simt_picks.txt";
  const std::string text = table();
  if (std::getenv("HIDET_UPDATE_GOLDEN")) std::ofstream(path) << text;
  std::stringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(text, expected.str()) << path;
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
