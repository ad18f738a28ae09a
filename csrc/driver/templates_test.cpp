// The CPU templates alone: each on arrays, against loops in double.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "driver/run_sequence_for_test.h"
#include "runtime/code_library.h"
#include "schedule/attention_blocks.h"
#include "schedule/matmul_packed.h"
#include "schedule/pointwise.h"
#include "schedule/reduce_columns.h"
#include "schedule/rowwise.h"

namespace hidet {
namespace {

std::vector<float> random_floats(size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& v : values) v = uniform(engine);
  return values;
}

std::vector<Target> targets() {
  std::vector<Target> result;
  for (const char* name : {"cpu-avx512", "cpu-avx2", "cpu-portable"})
    if (runs_here(cpu_target(name))) result.push_back(cpu_target(name));
  return result;
}

// float sums of k terms of magnitude up to 1.
double tolerance(int64_t k) {
  return 1e-7 * (2 + std::sqrt(static_cast<double>(k))) * 4;
}

TEST(MatmulPacked, OddSizesAgainstDouble) {
  for (const Target& target : targets())
    for (auto [m, n, k] : {std::array<int64_t, 3>{1, 1, 1},
                           {37, 53, 19},
                           {8, 48, 64},
                           {13, 100, 7},
                           {17, 64, 129},
                           {9, 1001, 3}}) {
      auto a = random_floats(m * k, 1), b = random_floats(k * n, 2);
      std::vector<float> c(m * n, NAN), packed((n + 256) * k + 256, NAN);
      MatmulProblem problem{.m = m, .n = n, .k = k};
      auto sequence = matmul_packed(problem, pick_packed_params(problem, target), target);
      ASSERT_TRUE(sequence) << sequence.reason();
      std::map<std::string, TestArray> arrays{
          {"A", {a.data(), {m, k}}}, {"B", {b.data(), {k, n}}}, {"C", {c.data(), {m, n}}}};
      for (const ScheduledKernel& kernel : sequence->kernels) {
        std::vector<int64_t> sizes;
        for (const SizeExpr& size : kernel.sizes) sizes.push_back(*size.as_constant());
        run_kernel_for_test(kernel, {}, arrays, {packed.data()}, sizes, target);
      }
      for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
          double sum = 0;
          for (int64_t q = 0; q < k; q++) sum += double(a[i * k + q]) * b[q * n + j];
          ASSERT_NEAR(c[i * n + j], sum, tolerance(k))
              << target.name << " " << m << "x" << k << "x" << n << " at " << i << ", " << j;
        }
    }
}

TEST(Attention, BlocksAndRowsAgainstDouble) {
  for (const Target& target : targets())
    for (auto [g, s, t, d, causal] :
         {std::tuple<int64_t, int64_t, int64_t, int64_t, bool>{2, 37, 37, 32, false},
          {1, 1, 50, 16, false},
          {3, 40, 5, 64, false},
          {1, 70, 70, 48, true},
          {2, 5, 5, 16, true}}) {
      if (d % target.lanes(DType::f32)) continue;
      auto q = random_floats(g * s * d, 1), k = random_floats(g * t * d, 2),
           v = random_floats(g * t * d, 3);
      std::vector<float> o(g * s * d, NAN);
      AttentionProblem problem{.batch = {g}, .queries = s, .keys = t, .depth = d, .value_depth = d};
      problem.causal = causal;
      auto sequence = attention_blocks(problem, target);
      ASSERT_TRUE(sequence) << sequence.reason();
      std::map<std::string, TestArray> arrays{{"Q", {q.data(), {g, s, d}}},
                                              {"K", {k.data(), {g, t, d}}},
                                              {"V", {v.data(), {g, t, d}}},
                                              {"O", {o.data(), {g, s, d}}}};
      SiteFills fills;
      fills["score"].read = [causal = causal](const std::vector<Expr>& index, Expr raw) {
        Context& context = raw.context();
        Expr score = raw * context.constant(Type{DType::f32}, 0.25);
        Expr nothing = context.constant(Type{DType::f32}, -INFINITY);
        return causal ? context.call(Function::where, {index[2] <= index[1], score, nothing})
                      : score;
      };
      const ScheduledKernel& kernel = sequence->kernels[0];
      std::vector<int64_t> sizes;
      for (const SizeExpr& size : kernel.sizes) sizes.push_back(*size.as_constant());
      run_kernel_for_test(kernel, fills, arrays, {}, sizes, target);
      for (int64_t h = 0; h < g; h++)
        for (int64_t i = 0; i < s; i++) {
          std::vector<double> p(t);
          double top = -INFINITY, sum = 0;
          int64_t seen = causal ? std::min(t, i + 1) : t;
          for (int64_t j = 0; j < seen; j++) {
            for (int64_t x = 0; x < d; x++)
              p[j] += 0.25 * q[(h * s + i) * d + x] * k[(h * t + j) * d + x];
            top = std::max(top, p[j]);
          }
          for (int64_t j = 0; j < seen; j++) sum += p[j] = std::exp(p[j] - top);
          for (int64_t x = 0; x < d; x++) {
            double out = 0;
            for (int64_t j = 0; j < seen; j++) out += p[j] / sum * v[(h * t + j) * d + x];
            ASSERT_NEAR(o[(h * s + i) * d + x], out, 4e-6)
                << target.name << " g " << g << " s " << s << " t " << t << " at " << h << ", " << i
                << ", " << x;
          }
        }
    }
}

TEST(Rowwise, SoftmaxAgainstDouble) {
  for (const Target& target : targets())
    for (int64_t n : {1, 7, 16, 37, 384}) {
      const int64_t rows = 5;
      auto x = random_floats(rows * n, 4);
      std::vector<float> y(rows * n, NAN);
      RowwiseProblem problem{.rows = {rows}, .n = n};
      problem.phases = {{{}, {{ReduceKind::max, DType::f32}}},
                        {{DType::f32}, {{ReduceKind::sum, DType::f32}}}};
      problem.outputs = {DType::f32};
      auto sequence = rowwise(problem, target);
      ASSERT_TRUE(sequence) << sequence.reason();
      std::map<std::string, TestArray> arrays{{"value_0", {x.data(), {rows, n}}},
                                              {"out_0", {y.data(), {rows, n}}}};
      const ScheduledKernel& kernel = sequence->kernels[0];
      Context& context = *kernel.context;
      ScheduledKernel with_input = kernel;
      SiteFills fills;
      // The operand is read again by the second phase: through a buffer of its own.
      BufferInfo info{.scope = Scope::constant, .type = Type{DType::f32}};
      info.shape = {context.index(rows), context.index(n)};
      Buffer again = context.make_buffer(info);
      with_input.program.buffers.push_back(again);
      with_input.workspaces.push_back(0);
      fills["kept_0"].read = [&](const std::vector<Expr>& i, Expr) {
        Expr shifted = context.element(again, {i[0], i[1]}) - i[2];
        return context.call(Function::exp, {shifted});
      };
      fills["value_1"].read = [](const std::vector<Expr>& i, Expr) { return i[3]; };
      fills["result_0"].read = [](const std::vector<Expr>& i, Expr) { return i[4] / i[3]; };
      std::vector<int64_t> sizes;
      for (const SizeExpr& size : kernel.sizes) sizes.push_back(*size.as_constant());
      std::string text = run_kernel_for_test(with_input, fills, arrays, {x.data()}, sizes, target);
      for (int64_t r = 0; r < rows; r++) {
        double sum = 0;
        for (int64_t j = 0; j < n; j++) sum += std::exp(double(x[r * n + j]));
        for (int64_t j = 0; j < n; j++)
          ASSERT_NEAR(y[r * n + j], std::exp(double(x[r * n + j])) / sum, 3e-7) << n << text;
      }
    }
}

TEST(ReduceColumns, KeptAndReducedAxesAgainstDouble) {
  for (const Target& target : targets())
    for (bool lanes_on_kept : {true, false})
      for (auto [kept, reduced] : {std::pair<int64_t, int64_t>{37, 19}, {16, 5}, {1, 100000}}) {
        auto x = random_floats(kept * reduced, 5);
        std::vector<float> y(kept, NAN), pieces(kept * 64, NAN);
        ReduceProblem problem{.kept = {kept}, .reduced = {reduced}, .lanes_on_kept = lanes_on_kept};
        problem.reduction = {ReduceKind::sum, DType::f32};
        auto sequence = reduce_columns(problem, target);
        ASSERT_TRUE(sequence) << sequence.reason();
        std::map<std::string, TestArray> arrays{{"value", {x.data(), {kept, reduced}}},
                                                {"out", {y.data(), {kept}}}};
        SiteFills fills;
        fills["result"].read = [](const std::vector<Expr>& i, Expr) { return i.back(); };
        for (const ScheduledKernel& kernel : sequence->kernels) {
          std::vector<int64_t> sizes;
          for (const SizeExpr& size : kernel.sizes) sizes.push_back(*size.as_constant());
          run_kernel_for_test(kernel, fills, arrays, {pieces.data()}, sizes, target);
        }
        for (int64_t i = 0; i < kept; i++) {
          double sum = 0;
          for (int64_t q = 0; q < reduced; q++) sum += x[i * reduced + q];
          ASSERT_NEAR(y[i], sum, tolerance(reduced) * std::sqrt(double(reduced)));
        }
      }
}

}  // namespace
}  // namespace hidet
