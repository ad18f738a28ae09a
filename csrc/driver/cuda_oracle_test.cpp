// Every pass on the way of the CUDA templates, threads and barriers included: what it makes means
// what it meant before, by the interpreter; with and without assumptions on the arguments.
#include "driver/pass_oracle_for_test.h"
#include "passes/vectorize_accesses.h"
#include "schedule/matmul_simt.h"
#include "schedule/pointwise.h"
#include "schedule/reduce_cuda.h"
#include "schedule/rowwise.h"

namespace hidet {
namespace {

const Target& target() {
  static const Target sm_80 = cuda_target("sm_80");
  return sm_80;
}

// What holds of arguments of these sizes that are aligned: everything that can be assumed.
ProgramAssumptions all_that_holds(const ScheduledKernel& kernel, size_t arrays) {
  ProgramAssumptions result;
  result.alignment.assign(kernel.program.buffers.size() + arrays, 16);
  for (const SizeExpr& size : kernel.sizes)
    result.divisor.push_back(std::gcd(*size.as_constant(), int64_t{16}));
  return result;
}

void check_both(Surroundings setup) {
  check_every_pass(setup, target());
  size_t sites = 0;
  for (const auto& [name, _] : setup.arrays) sites += !setup.computed.count(name);
  setup.assumptions = all_that_holds(setup.kernel, sites);
  check_every_pass(setup, target());
}

TEST(CudaOracle, Pointwise) {
  for (const auto& [rows, columns] :
       {std::pair<int64_t, int64_t>{3, 36}, {2, 37}, {1, 1}, {5, 1}, {2, 1100}}) {
    PointwiseProblem problem{.extents = {rows, columns}, .outputs = {DType::f32}};
    auto sequence = pointwise_cuda(problem, target());
    ASSERT_TRUE(sequence) << sequence.reason();
    Surroundings setup{sequence->kernels[0], {}, {}, {}};
    setup.arrays["value_0"] = input({rows, columns}, 1);
    setup.arrays["out_0"] = {{rows, columns}, {}};
    check_both(setup);
  }
}

TEST(CudaOracle, RowSum) {
  for (const int64_t n : {1, 7, 48, 37, 1100}) {
    RowwiseProblem problem{.rows = {5}, .n = n};
    problem.phases = {{{}, {{ReduceKind::sum, DType::f32}}}};
    problem.outputs = {DType::f32};
    auto sequence = rowwise_cuda(problem, target());
    ASSERT_TRUE(sequence) << sequence.reason();
    Surroundings setup{sequence->kernels[0], {}, {}, {}};
    setup.tolerance = 1e-5;  // the order of a sum is the threads'
    setup.arrays["value_0"] = input({5, n}, 2);
    setup.arrays["out_0"] = {{5, n}, {}};
    setup.computed["result_0"] = {
        [](const std::vector<Scalar>& i, Scalar) { return f32(number(i[2]) * 0.5); },
        {.read = [](const std::vector<Expr>& i,
                    Expr) { return i[2] * i[2].context().constant(Type{DType::f32}, 0.5); },
         .store = nullptr}};
    check_both(setup);
  }
}

TEST(CudaOracle, Reduce) {
  for (const bool lanes_on_kept : {true, false})
    for (const auto& [kept, reduced] : {std::pair<int64_t, int64_t>{37, 19}, {3, 48}, {2, 1}}) {
      ReduceProblem problem{.kept = {kept}, .reduced = {reduced}, .lanes_on_kept = lanes_on_kept};
      problem.reduction = {ReduceKind::sum, DType::f32};
      auto sequence = reduce_cuda(problem, target());
      ASSERT_TRUE(sequence) << sequence.reason();
      ASSERT_EQ(sequence->kernels.size(), 1u);
      Surroundings setup{sequence->kernels[0], {}, {}, {}};
      setup.tolerance = 1e-5;
      setup.arrays["value"] = input({kept, reduced}, 5);
      setup.arrays["out"] = {{kept}, {}};
      setup.computed["result"] = {
          [](const std::vector<Scalar>& i, Scalar) { return i.back(); },
          {.read = [](const std::vector<Expr>& i, Expr) { return i.back(); }, .store = nullptr}};
      check_both(setup);
    }
}

TEST(CudaOracle, Matmul) {
  struct Case {
    int64_t m, n, k;
    SimtParams params;
    bool a_along_k, b_along_k;
  };
  for (const auto& [m, n, k, params, a_along_k, b_along_k] :
       {Case{17, 36, 12, {1, 1, 1, 1, 8, 1}, true, false},
        {1, 8, 8, {1, 1, 1, 1, 8, 1}, false, true},
        {3, 37, 5, {1, 1, 1, 1, 8, 1}, true, true}}) {
    MatmulProblem problem{.m = m, .n = n, .k = k};
    problem.a_transposed = !a_along_k;
    problem.b_transposed = b_along_k;
    auto sequence = matmul_simt(problem, params, target());
    ASSERT_TRUE(sequence) << sequence.reason();
    Surroundings setup{sequence->kernels[0], {}, {}, {}};
    setup.tolerance = 1e-5;
    setup.arrays["A"] = input({m, k}, 1);
    setup.arrays["B"] = input({k, n}, 2);
    setup.arrays["C"] = {{m, n}, {}};
    check_both(setup);
  }
}

// The sums of the pieces add up to the product, in float64 by hand.
TEST(CudaOracle, MatmulInPieces) {
  for (const auto& [m, n, k] : {std::array<int64_t, 3>{5, 36, 20}}) {
    const SimtParams params{1, 1, 1, 1, 8, 4};
    const MatmulProblem problem{.m = m, .n = n, .k = k};
    auto sequence = matmul_simt(problem, params, target());
    ASSERT_TRUE(sequence) << sequence.reason();
    ASSERT_EQ(sequence->kernels.size(), 2u);
    EXPECT_EQ(sequence->workspaces[0].shape, (std::vector<SizeExpr>{4, m, n}));
    Surroundings multiply{sequence->kernels[0], {}, {}, {}};
    multiply.tolerance = 1e-5;
    multiply.arrays["A"] = input({m, k}, 1);
    multiply.arrays["B"] = input({k, n}, 2);
    multiply.workspaces["pieces"] = {{4, m, n}, {}};
    check_both(multiply);
    const HostArray pieces = run(multiply.kernel.program, multiply, false).at("pieces");
    Surroundings add{sequence->kernels[1], {}, {}, {}};
    add.arrays["C"] = {{m, n}, {}};
    add.workspaces["pieces"] = {{4, m, n}, {}};
    for (int64_t i = 0; i < 4 * m * n; ++i) add.workspaces["pieces"].values.push_back(pieces.at(i));
    check_both(add);
    const HostArray c = run(add.kernel.program, add, false).at("C_memory");
    const std::vector<double>& a = multiply.arrays["A"].values;
    const std::vector<double>& b = multiply.arrays["B"].values;
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (int64_t q = 0; q < k; ++q) sum += a[i * k + q] * b[q * n + j];
        EXPECT_NEAR(c.at(i * n + j), sum, 1e-4);
      }
  }
}

// The same results from two kernels: pieces, and their sum.
TEST(CudaOracle, ReduceInPieces) {
  const int64_t kept = 2, reduced = 20000;
  for (const bool lanes_on_kept : {false}) {
    ReduceProblem problem{.kept = {kept}, .reduced = {reduced}, .lanes_on_kept = lanes_on_kept};
    problem.reduction = {ReduceKind::sum, DType::f32};
    auto sequence = reduce_cuda(problem, target());
    ASSERT_TRUE(sequence) << sequence.reason();
    ASSERT_EQ(sequence->kernels.size(), 2u);
  }
}

}  // namespace
}  // namespace hidet
