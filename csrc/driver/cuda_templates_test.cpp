// The CUDA templates: their text to NVIDIA's compiler, for every architecture.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "driver/cuda_kernel_for_test.h"
#include "emit/emit_cuda.h"
#include "prelude/cuda_native.h"
#include "runtime/nvrtc_for_test.h"
#include "schedule/attention_mma.h"
#include "schedule/attention_simt.h"
#include "schedule/matmul_mma.h"
#include "schedule/matmul_simt_cost.h"
#include "schedule/pointwise.h"
#include "schedule/reduce_cuda.h"

namespace hidet {
namespace {

void expect_compiled(const KernelSequence& sequence, const SiteFills& fills, const Nvrtc& nvrtc,
                     const std::vector<std::string>& targets,
                     const std::set<std::string>& transposed = {}) {
  for (const ScheduledKernel& kernel : sequence.kernels)
    for (const bool usual : {true, false}) {
      const EmittedCudaKernel emitted =
          emit_cuda(lower_for_test(kernel, fills, usual, usual, transposed), "kernel");
      const std::string text = cuda_prelude_ptx(emitted.text) + "\n" + emitted.text;
      for (const std::string& target : targets) {
        const auto binary = nvrtc.compile(text, target);
        ASSERT_TRUE(binary) << sequence.template_name << " " << sequence.params << ": "
                            << binary.reason() << "\n"
                            << emitted.text;
        for (const CudaResources& resources : binary->resources) {
          EXPECT_EQ(resources.spill_stores, 0)
              << sequence.params << " " << target << " registers " << resources.registers;
          EXPECT_EQ(resources.stack, 0) << sequence.params << " " << target;
          EXPECT_TRUE(resources.advisories.empty()) << sequence.params << " " << target;
        }
      }
    }
}

bool is_full() {
  return std::getenv("HIDET_FULL") != nullptr;
}

// Every eighth point of the space and those that take the most registers; all of it where
// HIDET_FULL is set.
TEST(CudaTemplates, MatmulOfTheSpace) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const bool full = is_full();
  const MatmulProblem problem{
      .batch = {SizeExpr(3)}, .b_has_batch = true, .m = 37, .n = 53, .k = 19};
  const Target target = cuda_target("sm_80");
  const std::vector<std::string> targets =
      full ? std::vector<std::string>{"sm_80", "sm_90a"} : std::vector<std::string>{"sm_80"};
  constexpr int kManyRegisters = 240;
  for (size_t i = 0; i < simt_space().size(); ++i) {
    const bool many =
        simt_space()[i].split == 1 && simt_registers(simt_space()[i]) >= kManyRegisters;
    if (!full && i % 8 && !many) continue;
    for (const bool along_k : {true, false}) {
      MatmulProblem laid_out = problem;
      laid_out.a_transposed = !along_k, laid_out.b_transposed = along_k;
      expect_compiled(*matmul_simt(laid_out, simt_space()[i], target), {}, nvrtc, targets);
      if (!full) break;
    }
  }
  expect_compiled(*matmul_simt(problem, SimtParams(), target), {}, nvrtc, cuda_target_names());
}

MatmulProblem mma_problem(DType dtype) {
  MatmulProblem problem{.a = dtype, .b = dtype, .m = 120, .n = 200, .k = 72};
  problem.allow_tf32 = true;
  return problem;
}

TEST(CudaTemplates, MatmulByTensorCores) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  for (const DType dtype : {DType::bf16, DType::f16, DType::f32})
    for (const bool a_transposed : {false, true})
      for (const bool b_transposed : {false, true}) {
        MatmulProblem problem = mma_problem(dtype);
        problem.a_transposed = a_transposed, problem.b_transposed = b_transposed;
        std::set<std::string> transposed;
        if (a_transposed) transposed.insert("A");
        if (b_transposed) transposed.insert("B");
        const KernelSequence sequence = *matmul_mma(problem, MmaParams(), cuda_target("sm_80"));
        const std::string text =
            emit_cuda(lower_for_test(sequence.kernels[0], {}, true, true, transposed), "kernel")
                .text;
        EXPECT_NE(text.find("hidet_cp_async_16("), std::string::npos) << text;
        EXPECT_EQ(text.find("hidet_cp_async_4("), std::string::npos) << text;
        EXPECT_EQ(text.find("hidet_ldmatrix_x4") == std::string::npos, dtype == DType::f32);
        const bool everywhere = !a_transposed && b_transposed;
        expect_compiled(sequence, {}, nvrtc,
                        everywhere ? cuda_target_names() : std::vector<std::string>{"sm_80"},
                        transposed);
      }
}

// Of each tile the point with the longest steps, which take the most registers, with k whole and
// split; all points where HIDET_FULL is set.
TEST(CudaTemplates, MatmulByTensorCoresOfTheSpace) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const bool full = is_full();
  for (const DType dtype : {DType::bf16, DType::f32}) {
    MatmulProblem problem = mma_problem(dtype);
    problem.b_transposed = true;
    std::map<std::tuple<int, int, bool>, MmaParams> longest;
    std::vector<MmaParams> points = mma_space(dtype);
    for (const MmaParams& params : points) {
      auto [point, added] =
          longest.emplace(std::tuple(params.rows, params.columns, params.split > 1), params);
      if (params.k > point->second.k) point->second = params;
    }
    if (!full) {
      points.clear();
      for (const auto& [tile, params] : longest) points.push_back(params);
    }
    for (const MmaParams& params : points)
      expect_compiled(*matmul_mma(problem, params, cuda_target("sm_80")), {}, nvrtc, {"sm_80"},
                      {"B"});
  }
}

TEST(CudaTemplates, Attention) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  SiteFills fills;
  fills["score"].read = [](const std::vector<Expr>&, Expr raw) {
    return raw * raw.context().constant(Type{DType::f32}, 0.25);
  };
  for (const int64_t depth : {32, 64, 128, 256}) {
    AttentionProblem problem{.batch = {2}, .queries = 37, .keys = 41, .depth = depth};
    problem.value_depth = depth;
    problem.causal = depth == 64;
    expect_compiled(*attention_simt(problem, cuda_target("sm_80")), fills, nvrtc,
                    depth == 64 ? cuda_target_names() : std::vector<std::string>{"sm_80"});
  }
}

TEST(CudaTemplates, AttentionByTensorCores) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  SiteFills fills;
  fills["score"].read = [](const std::vector<Expr>&, Expr raw) {
    return raw * raw.context().constant(Type{DType::f32}, 0.25);
  };
  for (const int64_t depth : {16, 64, 80, 128, 256}) {
    AttentionProblem problem{.dtype = depth == 80 ? DType::f16 : DType::bf16, .batch = {2}};
    problem.queries = 37, problem.keys = 41;
    problem.depth = problem.value_depth = depth;
    problem.causal = depth == 64;
    expect_compiled(*attention_mma(problem, cuda_target("sm_80")), fills, nvrtc,
                    depth == 64 ? cuda_target_names() : std::vector<std::string>{"sm_80"});
  }
}

// A piece of k begins where copies may: with its sums in pieces, a kernel copies as the whole does.
TEST(CudaTemplates, PiecesOfKAreCopiedSixteenBytesAtOnce) {
  MmaParams params{32, 64, 2, 2, 32, 3, 4};
  const auto text = [&] {
    const KernelSequence sequence =
        *matmul_mma(mma_problem(DType::bf16), params, cuda_target("sm_80"));
    return emit_cuda(lower_for_test(sequence.kernels[0], {}, true, true), "kernel").text;
  };
  const auto count = [](const std::string& text, const char* word) {
    int found = 0;
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
      ++found;
    return found;
  };
  const std::string split = text();
  params.split = 1;
  const std::string whole = text();
  EXPECT_GT(count(whole, "hidet_cp_async_16("), 0);
  EXPECT_EQ(count(split, "hidet_cp_async_16("), count(whole, "hidet_cp_async_16(")) << split;
  EXPECT_EQ(count(split, "hidet_cp_async_4("), 0) << split;
}

// A prologue takes the other path of the copies, behind the same waits and barriers.
TEST(CudaTemplates, PrologueOfAPipelinedMatmul) {
  const KernelSequence sequence =
      *matmul_mma(mma_problem(DType::bf16), MmaParams(), cuda_target("sm_80"));
  SiteFills fills;
  fills["A"].read = [](const std::vector<Expr>& at, Expr) {
    Context& context = at[0].context();
    return context.cast(DType::bf16, context.cast(DType::f32, at[0] + at[1]));
  };
  const std::string text =
      emit_cuda(lower_for_test(sequence.kernels[0], fills, true, true), "kernel").text;
  size_t copies = 0;
  for (size_t at = text.find("hidet_cp_async_16(a"); at != std::string::npos;
       at = text.find("hidet_cp_async_16(a", at + 1))
    ++copies;
  EXPECT_EQ(copies, 0u) << text;
  EXPECT_NE(text.find("hidet_cp_async_16(b"), std::string::npos) << text;
  HIDET_NVRTC_OR_SKIP(nvrtc);
  expect_compiled(sequence, fills, nvrtc, {"sm_80"});
}

TEST(CudaTemplates, Reductions) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  for (const bool lanes_on_kept : {true, false})
    for (const int64_t n : {5, 100000}) {
      ReduceProblem problem{.kept = {3, 7}, .reduced = {n, 2}, .lanes_on_kept = lanes_on_kept};
      problem.reduction = {ReduceKind::sum, DType::f32};
      SiteFills fills;
      fills["result"].read = [](const std::vector<Expr>& index, Expr) { return index.back(); };
      expect_compiled(*reduce_cuda(problem, cuda_target("sm_80")), fills, nvrtc, {"sm_80"});
    }
}

TEST(CudaTemplates, PointwiseOfAnyRank) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const std::vector<std::vector<SizeExpr>> domains = {{}, {SizeExpr(1000)}, {5, 3}, {2, 3, 4, 100}};
  for (const std::vector<SizeExpr>& extents : domains) {
    const PointwiseProblem problem{.extents = extents, .outputs = {DType::f32, DType::bf16}};
    expect_compiled(*pointwise_cuda(problem, cuda_target("sm_80")), {}, nvrtc, {"sm_80"});
  }
}

}  // namespace
}  // namespace hidet
