// What the cost model of products on tensor cores picks.
#include "schedule/matmul_mma.h"
#include "schedule/picks_for_test.h"

namespace hidet {
namespace {

MatmulProblem problem_of(const PickShape& shape, DType operand) {
  MatmulProblem problem{.a = operand, .b = operand, .m = shape.m, .n = shape.n, .k = shape.k};
  problem.allow_tf32 = true;
  if (shape.batch > 1) problem.batch = {SizeExpr(shape.batch)}, problem.b_has_batch = true;
  return problem;
}

std::string picked(const PickShape& shape, DType operand, const Target& target) {
  const MatmulProblem problem = problem_of(shape, operand);
  const MmaParams params = pick_mma_params(problem, target);
  return hidet::format("{:54} {:8.1f} us", params.to_string(),
                       1e6 * mma_seconds(problem, params, target));
}

TEST(MmaPicks, AreThoseOfTheTable) {
  for (const auto& [file, operand] :
       {std::pair("mma_picks_bf16.txt", DType::bf16), std::pair("mma_picks_tf32.txt", DType::f32)})
    expect_picks(file, [operand = operand](const PickShape& shape, const Target& target) {
      return picked(shape, operand, target);
    });
}

// What any model of these kernels has to say.
TEST(MmaPicks, FollowTheShape) {
  const Target target = cuda_target("sm_80");
  const auto problem = [](int64_t m, int64_t n, int64_t k) {
    return problem_of({1, m, n, k}, DType::bf16);
  };
  const auto pick = [&](int64_t m, int64_t n, int64_t k) {
    return pick_mma_params(problem(m, n, k), target);
  };
  const auto seconds = [&](int64_t m, int64_t n, int64_t k) {
    return mma_seconds(problem(m, n, k), pick(m, n, k), target);
  };
  // Few tiles and a long k: pieces. Many tiles: none.
  EXPECT_GT(pick(16, 16, 65536).split, 1);
  EXPECT_GT(pick(1, 4096, 4096).split, 1);
  EXPECT_EQ(pick(4096, 4096, 4096).split, 1);
  // One row wastes less of a low tile; one column of a narrow one.
  EXPECT_LT(pick(1, 4096, 4096).rows, pick(4096, 4096, 4096).rows);
  EXPECT_LT(pick(4096, 8, 4096).columns, pick(4096, 4096, 4096).columns);
  const double peak =
      target.cuda.multiprocessors * target.cuda.f16_product_rate * target.cuda.clock_hertz;
  EXPECT_GT(2.0 * 4096 * 4096 * 4096 / seconds(4096, 4096, 4096), 0.5 * peak);
  EXPECT_LT(2.0 * 4096 * 4096 * 4096 / seconds(4096, 4096, 4096), peak);
  EXPECT_LT(seconds(2040, 2040, 2040), 1.04 * seconds(2048, 2048, 2048));
  EXPECT_LE(seconds(512, 512, 512), seconds(512, 512, 1024));
  EXPECT_LE(seconds(512, 512, 512), seconds(1024, 512, 512));
}

// Half the bytes and twice the rate: no product of bf16 is slower than of tf32.
TEST(MmaPicks, NarrowOperandsAreFaster) {
  const Target target = cuda_target("sm_90a");
  for (const PickShape& shape : kPickShapes) {
    const auto seconds = [&](DType operand) {
      const MatmulProblem problem = problem_of(shape, operand);
      return mma_seconds(problem, pick_mma_params(problem, target), target);
    };
    EXPECT_LE(seconds(DType::bf16), seconds(DType::f32))
        << shape.m << " x " << shape.n << " x " << shape.k;
  }
}

}  // namespace
}  // namespace hidet
