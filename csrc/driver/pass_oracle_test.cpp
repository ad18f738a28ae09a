// Every pass on the way of every CPU template: what it makes is verified, printed and read back,
// and means what it meant before, by the interpreter.
#include "driver/pass_oracle_for_test.h"
#include "schedule/attention_blocks.h"
#include "schedule/matmul_packed.h"
#include "schedule/pointwise.h"
#include "schedule/reduce_columns.h"
#include "schedule/rowwise.h"

namespace hidet {
namespace {

std::vector<Target> targets() {
  return {cpu_target("cpu-avx512"), cpu_target("cpu-avx2"), cpu_target("cpu-portable")};
}

TEST(PassOracle, Pointwise) {
  for (const Target& target : targets())
    for (auto [rows, columns] : {std::pair<int64_t, int64_t>{3, 37}, {1, 1}, {2, 64}}) {
      PointwiseProblem problem{.extents = {rows, columns}, .outputs = {DType::f32}};
      auto sequence = pointwise(problem, target);
      ASSERT_TRUE(sequence) << sequence.reason();
      Surroundings setup{sequence->kernels[0], {}, {}, {}};
      setup.arrays["out_0"] = {{rows, columns}, {}};
      setup.computed["value_0"] = {
          [](const std::vector<Scalar>& i, Scalar) {
            const double x = static_cast<float>(i[0].as_int() - i[1].as_int()) * 0.125f;
            return f32(std::exp(-x * x) + std::erf(x));
          },
          {.read =
               [](const std::vector<Expr>& i, Expr) {
                 Context& context = i[0].context();
                 Expr x = context.cast(DType::f32, i[0] - i[1]) *
                          context.constant(Type{DType::f32}, 0.125);
                 return context.call(Function::exp, {-x * x}) + context.call(Function::erf, {x});
               },
           .store = nullptr}};
      check_every_pass(setup, target);
    }
}

TEST(PassOracle, MatmulPacked) {
  for (const Target& target : targets())
    for (auto [m, n, k] :
         {std::array<int64_t, 3>{1, 1, 1}, {13, 50, 5}, {17, 100, 3}, {9, 96, 8}}) {
      MatmulProblem problem{.m = m, .n = n, .k = k};
      auto sequence = matmul_packed(problem, pick_packed_params(problem, target), target);
      ASSERT_TRUE(sequence) << sequence.reason();
      int64_t elements = 1;
      for (const SizeExpr& extent : sequence->workspaces[0].shape)
        elements *= *extent.as_constant();
      Surroundings pack{sequence->kernels[0], {}, {}, {}};
      pack.arrays["B"] = input({k, n}, 1);
      pack.workspaces["packed"] = {{elements}, {}};
      check_every_pass(pack, target);
      const HostArray packed = run(pack.kernel.program, pack, false).at("packed");
      Surroundings multiply{sequence->kernels[1], {}, {}, {}};
      multiply.arrays["A"] = input({m, k}, 2);
      multiply.arrays["C"] = {{m, n}, {}};
      Array& panels = multiply.workspaces["packed"] = {{elements}, {}};
      for (int64_t i = 0; i < elements; ++i) panels.values.push_back(packed.at(i));
      check_every_pass(multiply, target);
    }
}

TEST(PassOracle, Attention) {
  for (const Target& target : targets())
    for (auto [g, s, t, d] :
         {std::array<int64_t, 4>{2, 37, 21, 32}, {1, 1, 50, 16}, {1, 19, 5, 16}}) {
      if (d % target.lanes(DType::f32)) continue;
      AttentionProblem problem{.batch = {g}, .queries = s, .keys = t, .depth = d, .value_depth = d};
      auto sequence = attention_blocks(problem, target);
      ASSERT_TRUE(sequence) << sequence.reason();
      Surroundings setup{sequence->kernels[0], {}, {}, {}};
      setup.arrays["Q"] = input({g, s, d}, 1);
      setup.arrays["K"] = input({g, t, d}, 2);
      setup.arrays["V"] = input({g, t, d}, 3);
      setup.arrays["O"] = {{g, s, d}, {}};
      setup.computed["score"] = {
          [](const std::vector<Scalar>&, Scalar value) { return f32(number(value) * 0.25); },
          {.read = [](const std::vector<Expr>&,
                      Expr raw) { return raw * raw.context().constant(Type{DType::f32}, 0.25); },
           .store = nullptr}};
      check_every_pass(setup, target);
    }
}

TEST(PassOracle, Softmax) {
  for (const Target& target : targets())
    for (int64_t n : {1, 7, 16, 37, 130}) {
      RowwiseProblem problem{.rows = {3}, .n = n};
      problem.phases = {{{}, {{ReduceKind::max, DType::f32}}},
                        {{DType::f32}, {{ReduceKind::sum, DType::f32}}}};
      problem.outputs = {DType::f32};
      auto sequence = rowwise(problem, target);
      ASSERT_TRUE(sequence) << sequence.reason();
      Surroundings setup{sequence->kernels[0], {}, {}, {}};
      setup.arrays["value_0"] = input({3, n}, 4);
      setup.arrays["out_0"] = {{3, n}, {}};
      const Array& x = setup.arrays["value_0"];
      Context& context = *setup.kernel.context;
      BufferInfo info{.scope = Scope::constant, .type = Type{DType::f32}};
      info.name = "again";
      info.shape = {context.index(3), context.index(n)};
      Buffer again = context.make_buffer(info);
      ScheduledKernel with_input = setup.kernel;
      with_input.program.buffers.push_back(again);
      Surroundings second{with_input, setup.arrays, {}, {{"again", x}}};
      second.computed["kept_0"] = {
          [&](const std::vector<Scalar>& i, Scalar) {
            return f32(std::exp(f32(x.values[x.place(i)]).as_float() - number(i[2])));
          },
          {.read =
               [&](const std::vector<Expr>& i, Expr) {
                 return context.call(Function::exp, {context.element(again, {i[0], i[1]}) - i[2]});
               },
           .store = nullptr}};
      second.computed["value_1"] = {
          [](const std::vector<Scalar>& i, Scalar) { return i[3]; },
          {.read = [](const std::vector<Expr>& i, Expr) { return i[3]; }, .store = nullptr}};
      second.computed["result_0"] = {
          [](const std::vector<Scalar>& i, Scalar) { return f32(number(i[4]) / number(i[3])); },
          {.read = [](const std::vector<Expr>& i, Expr) { return i[4] / i[3]; }, .store = nullptr}};
      check_every_pass(second, target);
    }
}

TEST(PassOracle, ReduceColumns) {
  for (const Target& target : targets())
    for (bool lanes_on_kept : {true, false})
      for (auto [kept, reduced] : {std::pair<int64_t, int64_t>{37, 19}, {16, 5}, {3, 1}}) {
        ReduceProblem problem{.kept = {kept}, .reduced = {reduced}, .lanes_on_kept = lanes_on_kept};
        problem.reduction = {ReduceKind::sum, DType::f32};
        auto sequence = reduce_columns(problem, target);
        ASSERT_TRUE(sequence) << sequence.reason();
        ASSERT_EQ(sequence->kernels.size(), 1u);
        Surroundings setup{sequence->kernels[0], {}, {}, {}};
        setup.arrays["value"] = input({kept, reduced}, 5);
        setup.arrays["out"] = {{kept}, {}};
        setup.computed["result"] = {
            [](const std::vector<Scalar>& i, Scalar) { return i.back(); },
            {.read = [](const std::vector<Expr>& i, Expr) { return i.back(); }, .store = nullptr}};
        check_every_pass(setup, target);
      }
}

}  // namespace
}  // namespace hidet
