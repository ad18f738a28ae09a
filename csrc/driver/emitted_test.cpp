#include "driver/emitted_for_test.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "driver/cuda_kernel_for_test.h"
#include "driver/kernel_size.h"
#include "emit/emit_cuda.h"
#include "ir/parse.h"
#include "schedule/attention_mma.h"
#include "schedule/matmul_mma.h"
#include "schedule/matmul_simt.h"
#include "schedule/pointwise.h"
#include "schedule/reduce_cuda.h"
#include "schedule/rowwise.h"

namespace hidet {

namespace {

// Its arrays are aligned to what the widest copies want.
EmittedCudaKernel emit_scheduled(const ScheduledKernel& kernel, const SiteFills& fills,
                                 const std::set<std::string>& transposed = {}) {
  return emit_cuda(lower_for_test(kernel, fills, false, false, transposed, 16), "kernel");
}

TestKernel test_kernel(const EmittedCudaKernel& kernel, const Program& program,
                       const std::vector<SizeExpr>& sizes) {
  TestKernel result{.text = kernel.text,
                    .threads = kernel.threads,
                    .shared_bytes = kernel.shared_bytes,
                    .maps = {},
                    .sizes = {}};
  for (const SizeExpr& size : sizes) result.sizes.push_back(*size.as_constant());
  if (!sizes.empty()) result.blocks = kernel_size(program, kernel.grid).evaluate(result.sizes);
  for (const EmittedTensorMap& map : kernel.maps) {
    TensorMapRecipe& recipe = result.maps.emplace_back();
    recipe.buffer = map.buffer;
    recipe.dtype = DType::bf16;
    recipe.box = map.box;
    recipe.swizzle_bytes = map.swizzle_bytes;
    for (Expr e : map.sizes) recipe.sizes.push_back(kernel_size(program, e));
    for (Expr e : map.strides) recipe.strides.push_back(kernel_size(program, e));
  }
  return result;
}

}  // namespace

std::vector<TestKernel> emitted_matmul(const TestMatmul& matmul) {
  MatmulProblem problem{.a = matmul.dtype, .b = matmul.dtype};
  problem.m = matmul.m, problem.n = matmul.n, problem.k = matmul.k;
  problem.a_transposed = matmul.a_transposed, problem.b_transposed = matmul.b_transposed;
  problem.allow_tf32 = true;
  const auto& p = matmul.params;
  const MmaParams params{p[0], p[1], p[2], p[3], p[4], p[5], std::max(p[6], 1)};
  const KernelSequence sequence = *matmul_mma(problem, params, cuda_target("sm_80"));
  std::set<std::string> transposed;
  if (matmul.a_transposed) transposed.insert("A");
  if (matmul.b_transposed) transposed.insert("B");
  std::vector<TestKernel> result;
  for (const ScheduledKernel& kernel : sequence.kernels)
    result.push_back(
        test_kernel(emit_scheduled(kernel, {}, transposed), kernel.program, kernel.sizes));
  return result;
}

TestKernel emitted_program(const std::string& name) {
  ScheduledKernel scheduled{.context = std::make_shared<Context>()};
  std::ifstream file(hidet::format("{}/csrc/interp/programs/{}.ir", HIDET_SOURCE_DIR, name));
  std::stringstream text;
  text << file.rdbuf();
  scheduled.program = parse(*scheduled.context, text.str());
  return test_kernel(emit_scheduled(scheduled, {}), scheduled.program, {});
}

TestKernel emitted_attention(const TestAttention& attention) {
  AttentionProblem problem{.dtype = DType::bf16, .batch = {2}};
  problem.queries = attention.queries, problem.keys = attention.keys;
  problem.depth = attention.depth, problem.value_depth = attention.value_depth;
  problem.causal = attention.causal;
  const KernelSequence sequence = *attention_mma(problem, cuda_target("sm_80"));
  ScheduledKernel scheduled = sequence.kernels[0];
  Context& context = *scheduled.context;
  SiteFills fills;
  fills["score"].read = [&](const std::vector<Expr>& at, Expr raw) {
    const Expr score = raw * context.constant(raw.type(), 0.125);
    const Expr nothing = context.constant(raw.type(), -INFINITY);
    if (!attention.causal) return score;
    return context.call(Function::where, {at[2] <= at[1], score, nothing});
  };
  BufferInfo info{.scope = Scope::global, .type = Type{DType::f32}};
  info.name = "o";
  info.shape = scheduled.program.sites.back().shape;
  Buffer out = context.make_buffer(info);
  scheduled.program.buffers = {out};
  fills["O"].store = [&](const std::vector<Expr>& at, Expr value) {
    return context.make(
        Store{.buffer = out, .index = at, .value = context.cast(DType::f32, value)});
  };
  return test_kernel(emit_scheduled(scheduled, fills), scheduled.program, scheduled.sizes);
}

namespace {

std::vector<TestKernel> emitted_sequence(const KernelSequence& sequence, bool vectors,
                                         const SiteFills& fills = {}) {
  std::vector<TestKernel> result;
  for (const ScheduledKernel& kernel : sequence.kernels)
    result.push_back(
        test_kernel(emit_cuda(lower_for_test(kernel, fills, vectors, vectors), "kernel"),
                    kernel.program, kernel.sizes));
  return result;
}

std::vector<TestKernel> emitted_reduction(int64_t kept, int64_t reduced, bool lanes_on_kept,
                                          bool vectors) {
  ReduceProblem problem{.kept = {kept}, .reduced = {reduced}, .lanes_on_kept = lanes_on_kept};
  problem.reduction = {ReduceKind::sum, DType::f32};
  SiteFills fills;
  fills["result"].read = [](const std::vector<Expr>& index, Expr) { return index.back(); };
  return emitted_sequence(*reduce_cuda(problem, cuda_target("sm_80")), vectors, fills);
}

}  // namespace

std::vector<TestKernel> emitted_matmul_simt(int64_t m, int64_t n, int64_t k,
                                            const std::array<int, 6>& p, bool vectors) {
  const MatmulProblem problem{.m = m, .n = n, .k = k};
  const SimtParams params{p[0], p[1], p[2], p[3], p[4], p[5]};
  return emitted_sequence(*matmul_simt(problem, params, cuda_target("sm_80")), vectors);
}

TestKernel emitted_softmax(int64_t rows, int64_t n, bool vectors) {
  RowwiseProblem problem{.rows = {rows}, .n = n};
  problem.phases = {{{}, {{ReduceKind::max, DType::f32}}}, {{}, {{ReduceKind::sum, DType::f32}}}};
  problem.outputs = {DType::f32};
  KernelSequence sequence = *rowwise_cuda(problem, cuda_target("sm_80"));
  ScheduledKernel& scheduled = sequence.kernels[0];
  Context& context = *scheduled.context;
  BufferInfo info{.scope = Scope::constant, .type = Type{DType::f32}};
  info.name = "values";
  info.shape = scheduled.program.sites.back().shape;
  Buffer values = context.make_buffer(info);
  scheduled.program.buffers.insert(scheduled.program.buffers.begin(), values);
  const auto weight = [&](const std::vector<Expr>& at) {
    return context.call(Function::exp, {context.element(values, {at[0], at[1]}) - at[2]});
  };
  SiteFills fills;
  fills["value_0"].read = [&](const std::vector<Expr>& at, Expr) {
    return context.element(values, {at[0], at[1]});
  };
  fills["value_1"].read = [&](const std::vector<Expr>& at, Expr) { return weight(at); };
  fills["result_0"].read = [&](const std::vector<Expr>& at, Expr) { return weight(at) / at[3]; };
  return emitted_sequence(sequence, vectors, fills)[0];
}

std::vector<TestKernel> emitted_sum(int64_t kept, int64_t reduced, bool vectors) {
  return emitted_reduction(kept, reduced, false, vectors);
}

std::vector<TestKernel> emitted_column_sum(int64_t kept, int64_t reduced, bool vectors) {
  return emitted_reduction(kept, reduced, true, vectors);
}

TestKernel emitted_copy(int64_t rows, int64_t columns, bool vectors) {
  const PointwiseProblem problem{.extents = {rows, columns}, .outputs = {DType::f32}};
  return emitted_sequence(*pointwise_cuda(problem, cuda_target("sm_80")), vectors)[0];
}

}  // namespace hidet
