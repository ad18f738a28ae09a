#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "emit/kernel_for_test.h"
#include "ir/builder.h"

namespace hidet {
namespace {

class Reductions : public testing::TestWithParam<Target> {};

// Softmax of each row: vector accumulators, a partial last vector, the row kept in scratch.
TEST_P(Reductions, SoftmaxOfRowsOfAnyLength) {
  const Target& target = GetParam();
  const int64_t lanes = target.lanes(DType::f32);
  Context context;
  Builder b(context, "softmax", target.name);
  const Expr m = b.size("m"), n = b.size("n", {1, 1 << 20, 1});
  Buffer x = b.argument("x", Scope::constant, DType::f32, {m, n});
  Buffer y = b.argument("y", Scope::global, DType::f32, {m, n});
  b.tasks({"row"}, WorkerScope::core, spatial<Expr>({m}), [&](const std::vector<Expr>& task) {
    const Mapping row = repeat<Expr>({(n + (lanes - 1)) / lanes}) * b.spatial({lanes});
    const Mapping vector = b.spatial({lanes});
    Buffer kept = b.local("kept", DType::f32, {n});
    Buffer tops = b.registers("tops", DType::f32, vector);
    Buffer sums = b.registers("sums", DType::f32, vector);
    Buffer top = b.scalars("top", DType::f32), sum = b.scalars("sum", DType::f32);
    b.fill(tops, b.constant(DType::f32, -INFINITY));
    b.fill(sums, b.constant(DType::f32, 0));
    b.tasks({"j"}, WorkerScope::lane, row,
            [&](const std::vector<Expr>& j) {
              const Expr before = b.load(tops, {j[0] % lanes}, "before");
              b.store(tops, {j[0] % lanes},
                      context.call(Function::max, {before, context.element(x, {task[0], j[0]})}));
            },
            {n});
    b.reduce(b.whole(top), b.whole(tops), ReduceKind::max, 0);
    const Expr highest = b.load(top, {}, "highest");
    b.tasks({"j"}, WorkerScope::lane, row,
            [&](const std::vector<Expr>& j) {
              const Expr value =
                  b.let("value", context.call(Function::exp_nonpositive,
                                              {context.element(x, {task[0], j[0]}) - highest}));
              b.store(kept, {j[0]}, value);
              const Expr before = b.load(sums, {j[0] % lanes}, "before");
              b.store(sums, {j[0] % lanes}, before + value);
            },
            {n});
    b.reduce(b.whole(sum), b.whole(sums), ReduceKind::sum, 0);
    const Expr scale = b.let("scale", b.constant(DType::f32, 1) / b.load(sum, {}, "total"));
    b.tasks({"j"}, WorkerScope::lane, row,
            [&](const std::vector<Expr>& j) {
              const Expr value = b.load(kept, {j[0]}, "value");
              b.store(y, {task[0], j[0]}, value * scale);
            },
            {n});
  });
  const KernelForTest kernel(b.finish(), {}, target);
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(-8, 8);
  for (int64_t length : {1, 2, 7, 15, 16, 17, 33, 64, 100}) {
    const int64_t rows = 3;
    std::vector<float> in(static_cast<size_t>(rows * length)), out(in.size() + 16, -1);
    for (float& value : in) value = uniform(random);
    kernel.run({in.data(), out.data()}, {rows, length});
    for (int64_t i = 0; i < rows; ++i) {
      double total = 0;
      for (int64_t j = 0; j < length; ++j) total += std::exp(double{in[size_t(i * length + j)]});
      for (int64_t j = 0; j < length; ++j) {
        const double want = std::exp(double{in[size_t(i * length + j)]}) / total;
        ASSERT_NEAR(out[size_t(i * length + j)], want, 1e-6 * want + 1e-12) << length;
      }
    }
    for (size_t i = in.size(); i < out.size(); ++i) ASSERT_EQ(out[i], -1);
  }
}

// A register tile [4, 3 vectors] reduced along its columns (lanes) and along its rows.
template <class T>
void check_tile(const Target& target, DType dtype, ReduceKind kind, T (*step)(T, T)) {
  const int64_t lanes = target.lanes(DType::f32), columns = 3 * lanes;
  Context context;
  Builder b(context, "reduce", target.name);
  Buffer x = b.argument("x", Scope::constant, dtype, {b.index(4), b.index(columns)});
  Buffer by_row = b.argument("by_row", Scope::global, dtype, {b.index(4)});
  Buffer by_column = b.argument("by_column", Scope::global, dtype, {b.index(columns)});
  Buffer tile = b.registers("tile", dtype, b.repeat({4, 3}) * b.spatial({1, lanes}));
  Buffer rows = b.scalars("rows", dtype, {b.index(4)});
  Buffer column_tile = b.registers("columns", dtype, b.repeat({3}) * b.spatial({lanes}));
  b.copy(b.whole(tile), b.whole(x));
  b.reduce(b.whole(rows), b.whole(tile), kind, 1);
  b.reduce(b.whole(column_tile), b.whole(tile), kind, 0);
  b.unrolled("i", 4, [&](Expr i) { b.store(by_row, {i}, b.load(rows, {i}, "row")); });
  b.copy(b.whole(by_column), b.whole(column_tile));
  const KernelForTest kernel(b.finish(), {}, target);
  std::vector<T> in(static_cast<size_t>(4 * columns)), row(4), column(static_cast<size_t>(columns));
  for (size_t i = 0; i < in.size(); ++i)
    in[i] = static_cast<T>(dtype == DType::b8 ? i % 5 == 0 : (i * 37 % 11) * 0.5 + 1);
  kernel.run({in.data(), row.data(), column.data()});
  for (size_t i = 0; i < 4; ++i) {
    T want = in[i * static_cast<size_t>(columns)];
    for (size_t j = 1; j < size_t(columns); ++j) want = step(want, in[i * size_t(columns) + j]);
    EXPECT_EQ(row[i], want) << i;
  }
  for (size_t j = 0; j < size_t(columns); ++j) {
    T want = in[j];
    for (size_t i = 1; i < 4; ++i) want = step(want, in[i * size_t(columns) + j]);
    EXPECT_EQ(column[j], want) << j;
  }
}

TEST_P(Reductions, TilesAlongLanesAndRows) {
  const Target& target = GetParam();
  check_tile<float>(target, DType::f32, ReduceKind::sum, [](float a, float b) { return a + b; });
  check_tile<float>(target, DType::f32, ReduceKind::max,
                    [](float a, float b) { return a > b ? a : b; });
  check_tile<double>(target, DType::f64, ReduceKind::min,
                     [](double a, double b) { return a < b ? a : b; });
  check_tile<int64_t>(target, DType::i64, ReduceKind::sum,
                      [](int64_t a, int64_t b) { return a + b; });
  check_tile<int32_t>(target, DType::i32, ReduceKind::prod,
                      [](int32_t a, int32_t b) { return int32_t(uint32_t(a) * uint32_t(b)); });
  check_tile<uint8_t>(target, DType::b8, ReduceKind::any,
                      [](uint8_t a, uint8_t b) { return uint8_t(a | b); });
  check_tile<uint8_t>(target, DType::b8, ReduceKind::all,
                      [](uint8_t a, uint8_t b) { return uint8_t(a & b); });
}

TEST_P(Reductions, ANanWins) {
  const Target& target = GetParam();
  const int64_t lanes = target.lanes(DType::f32);
  for (ReduceKind kind : {ReduceKind::max, ReduceKind::min}) {
    Context context;
    Builder b(context, "reduce", target.name);
    Buffer x = b.argument("x", Scope::constant, DType::f32, {b.index(2 * lanes)});
    Buffer y = b.argument("y", Scope::global, DType::f32, {b.index(1)});
    Buffer tile = b.registers("tile", DType::f32, b.repeat({2}) * b.spatial({lanes}));
    Buffer result = b.scalars("result", DType::f32);
    b.copy(b.whole(tile), b.whole(x));
    b.reduce(b.whole(result), b.whole(tile), kind, 0);
    b.store(y, {b.index(0)}, b.load(result, {}, "r"));
    const KernelForTest kernel(b.finish(), {}, target);
    for (size_t at = 0; at < size_t(2 * lanes); ++at) {
      std::vector<float> in(static_cast<size_t>(2 * lanes), 1.0f);
      in[at] = NAN;
      float out = 0;
      kernel.run({in.data(), &out});
      EXPECT_TRUE(std::isnan(out)) << at;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Reductions, testing::ValuesIn(targets_for_test()),
                         [](const auto& info) {
                           std::string name = info.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace hidet
