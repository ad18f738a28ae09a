// The CUDA templates: their text to NVIDIA's compiler, for every architecture.
#include <gtest/gtest.h>

#include <cmath>

#include "driver/kernel_size.h"
#include "emit/emit_cuda.h"
#include "passes/lower_cpu.h"
#include "passes/lower_cuda.h"
#include "prelude/cuda_native.h"
#include "runtime/nvrtc_for_test.h"
#include "schedule/attention_simt.h"
#include "schedule/matmul_simt.h"
#include "schedule/pointwise.h"
#include "schedule/reduce_cuda.h"

namespace hidet {
namespace {

// Every site that `fills` does not name is an array of its own.
EmittedCudaKernel emit_scheduled(const ScheduledKernel& kernel, SiteFills fills) {
  Context& context = *kernel.context;
  Program program = kernel.program;
  for (const Site& site : kernel.program.sites) {
    if (fills.count(site.name)) continue;
    BufferInfo info{.scope = site.kind == SiteKind::store ? Scope::global : Scope::constant,
                    .type = site.type};
    info.name = site.name;
    info.shape = site.shape;
    Buffer buffer = context.make_buffer(info);
    program.buffers.push_back(buffer);
    if (site.kind == SiteKind::store) {
      fills[site.name].store = [&context, buffer](const std::vector<Expr>& index, Expr value) {
        return context.make(Store{.buffer = buffer, .index = index, .value = value});
      };
    } else {
      fills[site.name].read = [&context, buffer](const std::vector<Expr>& index, Expr) {
        return context.element(buffer, index);
      };
    }
  }
  const Target target = cuda_target(program.target);
  const Program filled = run_passes(program, filling_passes(fills, target), {});
  return emit_cuda(run_passes(filled, cuda_passes(), {}), "kernel");
}

void expect_compiled(const KernelSequence& sequence, const SiteFills& fills, const Nvrtc& nvrtc,
                     const std::vector<std::string>& targets) {
  for (const ScheduledKernel& kernel : sequence.kernels) {
    const EmittedCudaKernel emitted = emit_scheduled(kernel, fills);
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

TEST(CudaTemplates, MatmulOfEverySchedule) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const MatmulProblem problem{
      .batch = {SizeExpr(3)}, .b_has_batch = true, .m = 37, .n = 53, .k = 19};
  const Target target = cuda_target("sm_80");
  for (const SimtParams& params : simt_space())
    expect_compiled(*matmul_simt(problem, params, target), {}, nvrtc, {"sm_80"});
  expect_compiled(*matmul_simt(problem, SimtParams(), target), {}, nvrtc, cuda_target_names());
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
