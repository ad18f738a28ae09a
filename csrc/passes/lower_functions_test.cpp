#include "passes/lower_functions.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "passes/math_evaluator_for_test.h"

namespace hidet {
namespace {

MathEvaluator evaluator_of(Context& context, Function function) {
  std::vector<Expr> inputs;
  for (int i = 0; i < arity_of(function); i++)
    inputs.push_back(context.variable(context.make_var(Type{DType::f32}, "x")));
  Expr e = lower_function(context, function, inputs);
  walk(e, [](Expr inner) {
    const auto* call = inner.as<Call>();
    ASSERT_FALSE(call && is_elementary(call->function)) << name_of(call->function);
  });
  return MathEvaluator(e, inputs);
}

double error_in_ulp(float value, double exact) {
  if (std::isnan(exact)) return std::isnan(value) ? 0 : INFINITY;
  auto nearest = static_cast<float>(exact);
  if (std::isinf(nearest)) return value == nearest ? 0 : INFINITY;
  if (!std::isfinite(value)) return INFINITY;
  int exponent = exact == 0 ? -126 : std::max(std::ilogb(exact), -126);
  return std::fabs(value - exact) / std::ldexp(1.0, exponent - 23);
}

using Reference = std::function<double(double)>;

double gelu(double x) {
  return 0.5 * x * std::erfc(-x * 0.70710678118654752440);
}

struct Row {
  Function function;
  Reference exact;
  double lower, upper;
  double ulp;
  double tiny = 0;  // results below it in magnitude may be anything as small
};

const std::vector<Row>& table() {
  constexpr double most = 3.4e38;
  static const auto* rows = new std::vector<Row>{
      {Function::exp, [](double x) { return std::exp(x); }, -most, most, 1},
      {Function::exp2, [](double x) { return std::exp2(x); }, -most, most, 1},
      {Function::exp_nonpositive, [](double x) { return std::exp(x); }, -most, 0, 1, 0x1p-126},
      {Function::log, [](double x) { return std::log(x); }, 0, most, 1},
      {Function::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -most, most, 1.3,
       0x1p-126},
      {Function::tanh, [](double x) { return std::tanh(x); }, -most, most, 1},
      {Function::erf, [](double x) { return std::erf(x); }, -most, most, 1},
      {Function::gelu_erf, gelu, 0, most, 2, 1e-37},
      {Function::rsqrt, [](double x) { return 1 / std::sqrt(x); }, 0, most, 1.5},
      {Function::expm1, [](double x) { return std::expm1(x); }, -most, most, 1},
      {Function::log2, [](double x) { return std::log2(x); }, 0, most, 1},
      {Function::log10, [](double x) { return std::log10(x); }, 0, most, 1},
      {Function::log1p, [](double x) { return std::log1p(x); }, -1, most, 1},
      {Function::sin, [](double x) { return std::sin(x); }, -most, most, 1},
      {Function::cos, [](double x) { return std::cos(x); }, -most, most, 1},
      {Function::tan, [](double x) { return std::tan(x); }, -most, most, 1},
      {Function::asin, [](double x) { return std::asin(x); }, -1, 1, 1},
      {Function::acos, [](double x) { return std::acos(x); }, -1, 1, 1},
      {Function::atan, [](double x) { return std::atan(x); }, -most, most, 1},
      {Function::sinh, [](double x) { return std::sinh(x); }, -most, most, 1},
      {Function::cosh, [](double x) { return std::cosh(x); }, -most, most, 1},
      {Function::asinh, [](double x) { return std::asinh(x); }, -most, most, 1},
      {Function::acosh, [](double x) { return std::acosh(x); }, 1, most, 1},
      {Function::atanh, [](double x) { return std::atanh(x); }, -1, 1, 1},
      {Function::erfc, [](double x) { return std::erfc(x); }, -most, most, 1},
  };
  return *rows;
}

// Points in [lower, upper]: over all exponents alike, and densely where functions bend.
std::vector<float> points(double lower, double upper, size_t count) {
  std::vector<float> x;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += (uint64_t{1} << 32) / count + 1) {
    auto value = std::bit_cast<float>(static_cast<uint32_t>(bits));
    if (value >= lower && value <= upper) x.push_back(value);
  }
  for (double limit : {1.0, 12.0, 110.0}) {
    for (size_t i = 0; i < count; i++) {
      auto value = static_cast<float>((2.0 * (i + 0.37) / count - 1) * limit);
      if (value >= lower && value <= upper) x.push_back(value);
    }
  }
  return x;
}

struct Worst {
  double error = 0;
  float at = 0;
};
Worst worst_error(MathEvaluator& evaluator, const std::vector<float>& x,
                  const std::function<double(float, float)>& error) {
  Worst worst;
  std::vector<float> y(MathEvaluator::kBlock);
  for (size_t i = 0; i < x.size(); i += MathEvaluator::kBlock) {
    size_t count = std::min(MathEvaluator::kBlock, x.size() - i);
    evaluator.run({x.data() + i}, y.data(), count);
    for (size_t k = 0; k < count; k++) {
      double e = error(x[i + k], y[k]);
      if (e > worst.error) worst = {e, x[i + k]};
    }
  }
  return worst;
}

TEST(LowerFunctions, ErrorsAreWithinTheTable) {
  for (const Row& row : table()) {
    Context context;
    MathEvaluator evaluator = evaluator_of(context, row.function);
    Worst worst =
        worst_error(evaluator, points(row.lower, row.upper, 30000), [&](float x, float y) {
          double exact = row.exact(x);
          if (std::fabs(exact) < row.tiny && std::fabs(y) <= row.tiny) return 0.0;
          return error_in_ulp(y, exact);
        });
    EXPECT_LE(worst.error, row.ulp) << name_of(row.function) << " at " << worst.at;
    std::string name(name_of(row.function));
    RecordProperty(name + "_ulp", std::to_string(worst.error));
    if (std::getenv("HIDET_PRINT_ERRORS"))
      printf("%-16s %4zu nodes %8.3f ulp at %.9g\n", name.c_str(), evaluator.operations(),
             worst.error, worst.at);
  }
}

TEST(LowerFunctions, GeluOfNegativeNumbers) {
  Context context;
  MathEvaluator evaluator = evaluator_of(context, Function::gelu_erf);
  std::vector<float> x = points(-3.4e38, 0, 30000);
  Worst absolute =
      worst_error(evaluator, x, [](float x, float y) { return std::fabs(y - gelu(x)); });
  EXPECT_LE(absolute.error, 6e-8) << absolute.at;
  Worst relative = worst_error(evaluator, x, [](float x, float y) {
    return x < -8 || x > -1e-37 ? 0 : std::fabs(y / gelu(x) - 1);
  });
  EXPECT_LE(relative.error, 0x1p-12) << relative.at;
}

// Special values as the C library has them.
void expect_special(float value, double expected, const std::string& where) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(value)) << where << " gave " << value;
  } else {
    EXPECT_LE(error_in_ulp(value, expected), 1) << where << " gave " << value;
    EXPECT_EQ(std::signbit(value), std::signbit(static_cast<float>(expected))) << where;
  }
}

const float kSpecial[] = {0.0f,   -0.0f,    1.0f,      -1.0f,   0.5f,  -0.5f,  2.0f,  -2.0f,
                          3.0f,   -3.0f,    1e-40f,    -1e-40f, 3e38f, -3e38f, 1e10f, 16777216.0f,
                          -1e10f, INFINITY, -INFINITY, NAN,     2.5f,  -2.5f};

float one_value(MathEvaluator& evaluator, std::vector<float> in) {
  std::vector<const float*> pointers;
  for (const float& x : in) pointers.push_back(&x);
  float y = 0;
  evaluator.run(pointers, &y, 1);
  return y;
}

TEST(LowerFunctions, SpecialValues) {
  for (const Row& row : table()) {
    if (row.function == Function::gelu_erf) continue;
    Context context;
    MathEvaluator evaluator = evaluator_of(context, row.function);
    for (float x : kSpecial) {
      if (row.function == Function::exp_nonpositive && x > 0) continue;
      float y = one_value(evaluator, {x});
      expect_special(y, row.exact(x), hidet::format("{}({})", name_of(row.function), x));
    }
    // A NaN with other bits.
    float nan = std::bit_cast<float>(0xff800001u);
    EXPECT_TRUE(std::isnan(one_value(evaluator, {nan}))) << name_of(row.function);
  }
}

TEST(LowerFunctions, GeluSpecialValues) {
  Context context;
  MathEvaluator evaluator = evaluator_of(context, Function::gelu_erf);
  EXPECT_EQ(one_value(evaluator, {0.0f}), 0.0f);
  EXPECT_EQ(one_value(evaluator, {INFINITY}), INFINITY);
  EXPECT_TRUE(std::isnan(one_value(evaluator, {NAN})));
  EXPECT_LE(std::fabs(one_value(evaluator, {-1e30f})), 1e-15f);
}

TEST(LowerFunctions, ExpOfMaskedScoreIsExactlyZero) {
  Context context;
  MathEvaluator evaluator = evaluator_of(context, Function::exp_nonpositive);
  for (float x : {-INFINITY, -3e38f, -1e9f, -100.0f}) EXPECT_EQ(one_value(evaluator, {x}), 0.0f);
  EXPECT_EQ(one_value(evaluator, {0.0f}), 1.0f);
}

void check_binary(Function function, double (*exact)(double, double)) {
  Context context;
  MathEvaluator evaluator = evaluator_of(context, function);
  for (float x : kSpecial)
    for (float y : kSpecial)
      expect_special(one_value(evaluator, {x, y}), exact(x, y),
                     hidet::format("{}({}, {})", name_of(function), x, y));
  std::mt19937_64 random(1);
  std::vector<float> a(MathEvaluator::kBlock), b(a), out(a);
  double worst = 0;
  for (int round = 0; round < 400; round++) {
    for (size_t k = 0; k < a.size(); k++) {
      a[k] = std::bit_cast<float>(static_cast<uint32_t>(random()));
      b[k] = std::bit_cast<float>(static_cast<uint32_t>(random()));
      if (round % 4 == 1) a[k] = std::ldexp(static_cast<float>(random() >> 40), -23) + 0x1p-24f;
      if (round % 2 == 1) b[k] = std::ldexp(static_cast<float>(random() >> 40), -18) - 32;
      if (round % 4 == 3) a[k] = std::ldexp(static_cast<float>(random() >> 40), -20) + 0x1p-24f;
    }
    evaluator.run({a.data(), b.data()}, out.data(), a.size());
    for (size_t k = 0; k < a.size(); k++)
      worst = std::max(worst, error_in_ulp(out[k], exact(a[k], b[k])));
  }
  if (std::getenv("HIDET_PRINT_ERRORS"))
    printf("%-16s %4zu nodes %8.3f ulp\n", std::string(name_of(function)).c_str(),
           evaluator.operations(), worst);
  EXPECT_LE(worst, 1) << name_of(function);
}

TEST(LowerFunctions, Pow) {
  check_binary(Function::pow, std::pow);
}
TEST(LowerFunctions, Atan2) {
  check_binary(Function::atan2, std::atan2);
}

TEST(LowerFunctions, SineOfTheHardestArguments) {
  // Close to multiples of pi / 2.
  Context context;
  MathEvaluator sine = evaluator_of(context, Function::sin),
                cosine = evaluator_of(context, Function::cos);
  for (float x :
       {16367173.0f * 0x1p72f, 3.14159274f, 1.57079637f, 33.0f * 0x1.921fb6p0f, 1e22f, 3.4e38f}) {
    EXPECT_LE(error_in_ulp(one_value(sine, {x}), std::sin(double(x))), 1) << x;
    EXPECT_LE(error_in_ulp(one_value(cosine, {x}), std::cos(double(x))), 1) << x;
  }
}

TEST(LowerFunctions, EveryElementaryFunctionAndWidth) {
  for (int f = static_cast<int>(Function::rsqrt); f <= static_cast<int>(Function::pow); f++) {
    auto function = static_cast<Function>(f);
    ASSERT_TRUE(is_elementary(function));
    for (DType dtype : {DType::f32, DType::f16, DType::bf16, DType::f64}) {
      Context context;
      Type type{dtype, 16};
      std::vector<Expr> args;
      for (int i = 0; i < arity_of(function); i++)
        args.push_back(context.variable(context.make_var(type, "x")));
      Expr e = lower_function(context, function, args);
      EXPECT_EQ(e.type(), type) << name_of(function);
      if (dtype == DType::f64) continue;
      walk(e, [&](Expr inner) {
        const auto* call = inner.as<Call>();
        EXPECT_FALSE(call && is_elementary(call->function)) << name_of(function);
      });
    }
  }
}

TEST(LowerFunctions, RewritesAProgram) {
  Context context;
  Var x = context.make_var(Type{DType::f32}, "x"), y = context.make_var(Type{DType::f32}, "y");
  Let let;
  let.var = y;
  let.value = context.call(Function::exp, {context.call(Function::tanh, {context.variable(x)})});
  Program program;
  program.context = &context;
  program.body = context.make(let);
  Program lowered = lower_functions(program);
  int calls = 0;
  walk(
      lowered.body, [](Stmt) {},
      [&](Expr root) {
        walk(root, [&](Expr e) {
          const auto* call = e.as<Call>();
          calls += call && is_elementary(call->function);
        });
      });
  EXPECT_EQ(calls, 0);
  EXPECT_NE(lowered.body.as<Let>()->value, let.value);
}

}  // namespace
}  // namespace hidet
