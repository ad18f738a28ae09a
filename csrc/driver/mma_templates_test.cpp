// The templates for tensor cores before they are lowered: what their programs mean, copies arriving
// as late as they may.
#include <gtest/gtest.h>

#include "interp/programs_for_test.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "schedule/attention_mma.h"
#include "schedule/matmul_mma.h"

namespace hidet {
namespace {

MatmulProblem matmul_of(DType dtype, const TestSizes& sizes) {
  MatmulProblem problem{.a = dtype, .b = dtype, .m = sizes[0], .n = sizes[1], .k = sizes[2]};
  problem.allow_tf32 = true;
  return problem;
}

TEST(MmaTemplates, MatmulOfEdgesAndTransposedOperands) {
  const Target target = cuda_target("sm_80");
  for (const DType dtype : {DType::bf16, DType::f16, DType::f32})
    for (const int transposed : {0, 1, 2, 3})
      for (const TestSizes& sizes : {TestSizes{70, 37, 45}, {1, 1, 1}, {33, 64, 16}}) {
        MatmulProblem problem = matmul_of(dtype, sizes);
        problem.a_transposed = transposed & 1, problem.b_transposed = transposed & 2;
        const MmaParams params{64, 64, 2, 2, 16, 2 + transposed % 3};
        auto sequence = matmul_mma(problem, params, target);
        ASSERT_TRUE(sequence) << sequence.reason();
        const Program& program = sequence->kernels[0].program;
        EXPECT_EQ(problems(program), std::vector<std::string>()) << print(program);
        EXPECT_LE(run_matmul(program, sizes), 1) << print(program);
        EXPECT_LE(run_matmul(program, sizes, true), 1);
      }
}

TEST(MmaTemplates, EveryScheduleIsAProgram) {
  for (const std::string& name : cuda_target_names())
    for (const DType dtype : {DType::bf16, DType::f32})
      for (const MmaParams& params : mma_space(dtype)) {
        const Target target = cuda_target(name);
        EXPECT_LE(params.shared_bytes(bytes_of(dtype)), target.cuda.shared_bytes_of_block);
        auto sequence = matmul_mma(matmul_of(dtype, {512, 512, 512}), params, target);
        ASSERT_TRUE(sequence) << sequence.reason();
        EXPECT_EQ(problems(sequence->kernels[0].program), std::vector<std::string>())
            << params.to_string();
      }
}

TEST(MmaTemplates, MatmulDeclines) {
  const Target target = cuda_target("sm_80");
  MatmulProblem f32 = matmul_of(DType::f32, {8, 8, 8});
  f32.allow_tf32 = false;
  EXPECT_NE(matmul_mma(f32, MmaParams(), target).reason().find("tf32"), std::string::npos);
  MatmulProblem mixed = matmul_of(DType::bf16, {8, 8, 8});
  mixed.b = DType::f16;
  EXPECT_FALSE(matmul_mma(mixed, MmaParams(), target));
  EXPECT_FALSE(matmul_mma(matmul_of(DType::f64, {8, 8, 8}), MmaParams(), target));
}

TEST(MmaTemplates, Attention) {
  const Target target = cuda_target("sm_80");
  for (const bool causal : {false, true})
    for (const TestSizes& sizes : {TestSizes{2, 37, 70}, {1, 1, 1}, {1, 70, 70}, {1, 130, 64}}) {
      AttentionProblem problem{.dtype = DType::bf16, .batch = {sizes[0]}};
      problem.queries = sizes[1], problem.keys = sizes[2], problem.causal = causal;
      problem.depth = problem.value_depth = 64;
      auto sequence = attention_mma(problem, target);
      ASSERT_TRUE(sequence) << sequence.reason();
      const Program& program = sequence->kernels[0].program;
      EXPECT_EQ(problems(program), std::vector<std::string>()) << print(program);
      EXPECT_LE(run_attention(program, sizes, causal), 1) << sizes[1] << " " << sizes[2];
    }
}

TEST(MmaTemplates, AttentionOfEveryHeadSizeIsAProgram) {
  const Target target = cuda_target("sm_80");
  for (int64_t depth = 16; depth <= 256; depth += 16) {
    AttentionProblem problem{.dtype = DType::f16, .batch = {2}, .queries = 10, .keys = 20};
    problem.depth = depth, problem.value_depth = 272 - depth;
    auto sequence = attention_mma(problem, target);
    ASSERT_TRUE(sequence) << sequence.reason();
    EXPECT_EQ(problems(sequence->kernels[0].program), std::vector<std::string>()) << depth;
  }
  AttentionProblem odd{.dtype = DType::f16, .batch = {2}, .queries = 10, .keys = 20, .depth = 24};
  odd.value_depth = 24;
  EXPECT_FALSE(attention_mma(odd, target));
  odd.dtype = DType::f32, odd.depth = odd.value_depth = 32;
  EXPECT_FALSE(attention_mma(odd, target));
}

}  // namespace
}  // namespace hidet
