#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "emit/kernel_for_test.h"
#include "ir/builder.h"

namespace hidet {
namespace {

// out[j] = f(in...) over [0, n), in vectors with a partial last one.
using Body = std::function<Expr(Context&, const std::vector<Expr>&)>;
struct Pointwise {
  Context context;
  Program program;
  Pointwise(const Target& target, const std::vector<DType>& in, DType out, const Body& body) {
    Builder b(context, "pointwise", target.name);
    const Expr n = b.size("n");
    std::vector<Buffer> inputs;
    for (DType dtype : in) inputs.push_back(b.argument("x", Scope::constant, dtype, {n}));
    Buffer y = b.argument("y", Scope::global, out, {n});
    const int64_t lanes = target.lanes(DType::f32);
    b.tasks({"chunk"}, WorkerScope::core, spatial<Expr>({(n + 99) / 100}),
            [&](const std::vector<Expr>& task) {
              b.tasks({"j"}, WorkerScope::lane,
                      repeat<Expr>({b.index((100 + lanes - 1) / lanes)}) * b.spatial({lanes}),
                      [&](const std::vector<Expr>& j) {
                        const Expr at = task[0] * 100 + j[0];
                        std::vector<Expr> values;
                        for (Buffer input : inputs) values.push_back(context.element(input, {at}));
                        b.store(y, {at}, body(context, values));
                      },
                      {context.call(Function::min, {b.index(100), n - task[0] * 100})});
            });
    program = b.finish();
  }
};

class OnTarget : public testing::TestWithParam<Target> {};
using PointwiseKernels = OnTarget;

TEST_P(PointwiseKernels, StoresNothingOutsideOfItsRange) {
  Pointwise add(GetParam(), {DType::f32, DType::f32}, DType::f32,
                [](Context&, const std::vector<Expr>& x) { return x[0] + x[1]; });
  const KernelForTest kernel(add.program, {}, GetParam());
  for (int64_t n : {0, 1, 15, 16, 17, 99, 100, 101, 131, 250}) {
    std::vector<float> a, b, c(static_cast<size_t>(n) + 32, -1);
    for (int64_t i = 0; i < n; ++i) a.push_back(static_cast<float>(i)), b.push_back(0.5f);
    kernel.run({a.data(), b.data(), c.data()}, {n});
    for (size_t i = 0; i < c.size(); ++i)
      ASSERT_EQ(c[i], i < a.size() ? static_cast<float>(i) + 0.5f : -1) << n << ' ' << i;
  }
}

const float kInf = INFINITY, kNan = NAN;
const std::vector<float> kEdges = {0.0f,  -0.0f,  1.0f,  -1.0f, 0.5f,  -0.5f, 1.5f,
                                   -1.5f, 2.5f,   -2.5f, kInf,  -kInf, kNan,  3e9f,
                                   -3e9f, 1e-30f, 0.49f, 7.0f,  -7.0f, 1e20f};

// Every pair of edges through a function of two floats; the expected value bit for bit but for NaN.
void check_pairs(const Target& target, Function function, float (*expected)(float, float)) {
  Pointwise program(target, {DType::f32, DType::f32}, DType::f32,
                    [&](Context& context, const std::vector<Expr>& x) {
                      return arity_of(function) == 1 ? context.call(function, {x[0]})
                                                     : context.call(function, {x[0], x[1]});
                    });
  const KernelForTest kernel(program.program, {}, target);
  std::vector<float> a, b;
  for (float x : kEdges)
    for (float y : kEdges) a.push_back(x), b.push_back(y);
  std::vector<float> c(a.size());
  kernel.run({a.data(), b.data(), c.data()}, {static_cast<int64_t>(a.size())});
  for (size_t i = 0; i < a.size(); ++i) {
    const float want = expected(a[i], b[i]);
    if (std::isnan(want)) {
      EXPECT_TRUE(std::isnan(c[i])) << name_of(function) << ' ' << a[i] << ' ' << b[i];
    } else {
      EXPECT_EQ(std::bit_cast<uint32_t>(c[i]), std::bit_cast<uint32_t>(want))
          << name_of(function) << ' ' << a[i] << ' ' << b[i] << ": " << c[i] << ", not " << want;
    }
  }
}

float remainder_of_torch(float a, float b) {
  const float mod = std::fmod(a, b);
  return mod != 0 && (b < 0) != (mod < 0) ? mod + b : mod;
}
float floor_divide_of_torch(float a, float b) {
  if (b == 0) return a / b;
  const float mod = std::fmod(a, b);
  float div = (a - mod) / b;
  if (mod != 0 && (b < 0) != (mod < 0)) div -= 1;
  if (div == 0) return std::copysign(0.0f, a / b);
  float floored = std::floor(div);
  if (div - floored > 0.5f) floored += 1;
  return floored;
}

TEST_P(PointwiseKernels, FloatFunctionsAtTheirEdges) {
  const Target& target = GetParam();
  check_pairs(target, Function::min, [](float a, float b) {
    return std::isnan(a) || std::isnan(b) ? kNan : a < b ? a : b;
  });
  check_pairs(target, Function::max, [](float a, float b) {
    return std::isnan(a) || std::isnan(b) ? kNan : a > b ? a : b;
  });
  check_pairs(target, Function::fmax, [](float a, float b) {
    return std::isnan(b) ? a : a > b ? a : b;
  });
  check_pairs(target, Function::fmod, [](float a, float b) { return std::fmod(a, b); });
  check_pairs(target, Function::mod, remainder_of_torch);
  check_pairs(target, Function::floordiv, floor_divide_of_torch);
  check_pairs(target, Function::round, [](float a, float) { return std::nearbyint(a); });
  check_pairs(target, Function::floor, [](float a, float) { return std::floor(a); });
  check_pairs(target, Function::ceil, [](float a, float) { return std::ceil(a); });
  check_pairs(target, Function::trunc, [](float a, float) { return std::trunc(a); });
  check_pairs(target, Function::abs, [](float a, float) { return std::fabs(a); });
  check_pairs(target, Function::sqrt, [](float a, float) { return std::sqrt(a); });
  check_pairs(target, Function::sign,
              [](float a, float) { return static_cast<float>((a > 0) - (a < 0)); });
}

TEST_P(PointwiseKernels, IntegersRoundToMinusInfinityAndShiftsSaturate) {
  const std::vector<int32_t> a = {7, -7, 7, -7, 0, 1, -1, INT32_MIN, 5, 5, -5, 5, INT32_MIN};
  const std::vector<int32_t> b = {2, 2, -2, -2, 3, 31, 31, 3, 40, -1, 40, 0, -1};
  const auto run = [&](Function function, const std::vector<int32_t>& divisor) {
    Pointwise program(GetParam(), {DType::i32, DType::i32}, DType::i32,
                      [&](Context& context, const std::vector<Expr>& x) {
                        return context.call(function, {x[0], x[1]});
                      });
    const KernelForTest kernel(program.program, {}, GetParam());
    std::vector<int32_t> c(a.size());
    std::vector<int32_t> x = a, y = divisor;
    kernel.run({x.data(), y.data(), c.data()}, {static_cast<int64_t>(a.size())});
    return c;
  };
  // A zero divisor may give any number, but no fault.
  const std::vector<int32_t> quotient = run(Function::floordiv, b), rest = run(Function::mod, b);
  const std::vector<int32_t> left = run(Function::shift_left, b);
  const std::vector<int32_t> right = run(Function::shift_right, b);
  for (size_t i = 0; i < a.size(); ++i) {
    if (b[i] != 0) {
      const double exact = std::floor(static_cast<double>(a[i]) / b[i]);
      EXPECT_EQ(quotient[i], exact > INT32_MAX ? INT32_MIN : static_cast<int32_t>(exact)) << i;
      EXPECT_EQ(rest[i], a[i] - static_cast<int64_t>(exact) * b[i]) << i;
    }
    const bool inside = b[i] >= 0 && b[i] < 32;
    EXPECT_EQ(left[i], inside ? static_cast<int32_t>(static_cast<uint32_t>(a[i]) << b[i]) : 0) << i;
    EXPECT_EQ(right[i], a[i] >> (inside ? b[i] : 31)) << i;
  }
}

TEST_P(PointwiseKernels, HalvesAreComputedInF32AndRounded) {
  for (DType dtype : {DType::f16, DType::bf16}) {
    Pointwise program(GetParam(), {dtype, dtype}, dtype,
                      [](Context& context, const std::vector<Expr>& x) {
                        return x[0] * x[1] + context.constant(x[0].type(), 0.25);
                      });
    const KernelForTest kernel(program.program, {}, GetParam());
    // All bit patterns with exponents that neither overflow nor are NaN in the product.
    const auto value = [&](uint32_t bits) {
      if (dtype == DType::bf16) return std::bit_cast<float>(bits << 16);
      const int exponent = static_cast<int>(bits >> 10 & 31);
      const double fraction = bits & 1023;
      const double size =
          exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24);
      return static_cast<float>(bits & 0x8000u ? -size : size);
    };
    std::vector<uint16_t> a, b;
    for (uint32_t bits = 0; bits < 0x10000; bits += 7) {
      const float x = value(bits);
      if (!(std::fabs(x) < 200)) continue;
      a.push_back(static_cast<uint16_t>(bits));
      b.push_back(static_cast<uint16_t>(dtype == DType::bf16 ? 0x3fa0 : 0x3d00));  // 1.25
    }
    std::vector<uint16_t> c(a.size());
    kernel.run({a.data(), b.data(), c.data()}, {static_cast<int64_t>(a.size())});
    Context context;
    const auto rounded = [&](double x) {
      return context.constant(Type{dtype}, x).as<Constant>()->as_float();
    };
    for (size_t i = 0; i < a.size(); ++i)
      ASSERT_EQ(value(c[i]), rounded(rounded(value(a[i]) * 1.25) + 0.25)) << value(a[i]);
  }
}

TEST_P(PointwiseKernels, BooleansComeFromAndGoToMemory) {
  Pointwise program(GetParam(), {DType::f32, DType::b8}, DType::b8,
                    [](Context& context, const std::vector<Expr>& x) {
                      const Expr positive = context.call(
                          Function::gt, {x[0], context.constant(Type{DType::f32}, 0.0)});
                      return context.call(Function::logical_xor, {positive, x[1]});
                    });
  const KernelForTest kernel(program.program, {}, GetParam());
  std::vector<float> a;
  std::vector<uint8_t> b, c(45, 9);
  for (int i = 0; i < 45; ++i)
    a.push_back(static_cast<float>(i % 3) - 1), b.push_back(static_cast<uint8_t>(i % 2));
  kernel.run({a.data(), b.data(), c.data()}, {45});
  for (size_t i = 0; i < 45; ++i) EXPECT_EQ(c[i], (a[i] > 0) != (b[i] != 0)) << i;
}

// out[j] = j < split ? x[j] : y[j - split]: neither side is read where it is not chosen.
TEST_P(PointwiseKernels, GuardedReadsStayInside) {
  Context context;
  Builder b(context, "cat", GetParam().name);
  const SizeFacts some{0, 1 << 20, 1};
  const Expr split = b.size("split", some), n = b.size("n", some);
  Buffer x = b.argument("x", Scope::constant, DType::f32, {split});
  Buffer y = b.argument("y", Scope::constant, DType::f32, {n - split});
  Buffer out = b.argument("out", Scope::global, DType::f32, {n});
  const int64_t lanes = GetParam().lanes(DType::f32);
  b.tasks({"j"}, WorkerScope::lane, repeat<Expr>({(n + (lanes - 1)) / lanes}) * b.spatial({lanes}),
          [&](const std::vector<Expr>& j) {
            b.store(
                out, {j[0]},
                context.call(Function::where,
                             {j[0] < split, context.element(x, {j[0]}) * context.element(x, {j[0]}),
                              context.element(y, {j[0] - split})}));
          },
          {n});
  const KernelForTest kernel(b.finish(), {}, GetParam());
  const long page = sysconf(_SC_PAGESIZE);
  // Both inputs end where their page ends: a read past them is likely a fault, before y too.
  for (int64_t first : {0, 1, 5, 16, 20, 40}) {
    const int64_t total = 43;
    auto* memory = static_cast<char*>(
        std::aligned_alloc(static_cast<size_t>(page), static_cast<size_t>(2 * page)));
    auto* in = reinterpret_cast<float*>(memory + page) - first;
    auto* rest = reinterpret_cast<float*>(memory + 2 * page) - (total - first);
    for (int64_t i = 0; i < first; ++i) in[i] = static_cast<float>(i);
    for (int64_t i = 0; i < total - first; ++i) rest[i] = static_cast<float>(100 + i);
    std::vector<float> result(static_cast<size_t>(total) + 16, -1);
    kernel.run({in, rest, result.data()}, {first, total});
    for (int64_t i = 0; i < total + 16; ++i)
      ASSERT_EQ(result[static_cast<size_t>(i)], i >= total  ? -1
                                                : i < first ? static_cast<float>(i * i)
                                                            : static_cast<float>(100 + i - first))
          << first << ' ' << i;
    std::free(memory);
  }
}

// Lanes that lie apart, and an index that is itself read: y[j] = x[index[j], 2].
TEST_P(PointwiseKernels, GathersAndReportsAnIndexOutOfRange) {
  Context context;
  Builder b(context, "gather", GetParam().name);
  const Expr n = b.size("n");
  Buffer index = b.argument("index", Scope::constant, DType::i64, {n});
  Buffer x = b.argument("x", Scope::constant, DType::f32, {b.index(10), b.index(3)});
  Buffer y = b.argument("y", Scope::global, DType::f32, {n, b.index(2)});
  const int64_t lanes = GetParam().lanes(DType::f32);
  b.tasks({"j"}, WorkerScope::lane, repeat<Expr>({(n + (lanes - 1)) / lanes}) * b.spatial({lanes}),
          [&](const std::vector<Expr>& j) {
            const Expr row = b.let("row", context.element(index, {j[0]}));
            const Expr inside = b.index(0) <= row && row < b.index(10);
            b.report(context.call(Function::logical_not, {inside}));
            b.store(y, {j[0], b.index(1)},
                    context.call(Function::where, {inside, context.element(x, {row, b.index(2)}),
                                                   context.constant(Type{DType::f32}, 0.0)}));
          },
          {n});
  const KernelForTest kernel(b.finish(), {}, GetParam());
  std::vector<float> table(30), out(2 * 23, -1);
  for (size_t i = 0; i < 30; ++i) table[i] = static_cast<float>(i);
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < 23; ++i) rows.push_back(i * 7 % 10);
  EXPECT_EQ(kernel.run({rows.data(), table.data(), out.data()}, {23}), 0);
  for (size_t i = 0; i < 23; ++i) {
    EXPECT_EQ(out[2 * i], -1);
    EXPECT_EQ(out[2 * i + 1], static_cast<float>(rows[i] * 3 + 2));
  }
  rows[20] = 10;
  EXPECT_EQ(kernel.run({rows.data(), table.data(), out.data()}, {23}), 1);
  EXPECT_EQ(out[41], 0);
}

INSTANTIATE_TEST_SUITE_P(Targets, PointwiseKernels, testing::ValuesIn(targets_for_test()),
                         [](const auto& info) {
                           std::string name = info.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace hidet
