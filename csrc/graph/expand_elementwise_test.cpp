#include "graph/evaluate_for_test.h"

namespace hidet {
namespace {

const std::vector<double> kNumbers = {-3.5, -1, -0.25,    0,         0.25, 1,
                                      2.5,  7,  INFINITY, -INFINITY, NAN};

// A call of a unary operator on f64 numbers.
std::vector<double> unary(const std::string& call, const std::vector<double>& numbers) {
  const auto n = static_cast<int64_t>(numbers.size());
  const std::string text =
      hidet::format("input %0: f64[{}]\n%1: f64[{}] = {}\nreturn %1\n", n, n, call);
  return run_text(text, {tensor(DType::f64, {n}, numbers)})[0].numbers();
}

struct UnaryCase {
  const char* call;
  double (*reference)(double);
};

TEST(ExpandElementwise, UnaryOperators) {
  const UnaryCase cases[] = {
      {"aten::relu(%0)", [](double x) { return x < 0 ? 0 : x; }},
      {"aten::silu(%0)", [](double x) { return x / (1 + std::exp(-x)); }},
      {"aten::mish(%0)", [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
      {"aten::gelu(%0, \"none\")",
       [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }},
      {"aten::gelu(%0, \"tanh\")",
       [](double x) {
         return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
       }},
      {"aten::leaky_relu(%0, 0.1)", [](double x) { return x > 0 ? x : 0.1 * x; }},
      {"aten::elu(%0, 2.0, 3.0, 0.5)",
       [](double x) { return x > 0 ? 3 * x : 6 * std::expm1(0.5 * x); }},
      {"aten::hardtanh(%0, -1.0, 2)", [](double x) { return x < -1  ? -1
                                                            : x > 2 ? 2
                                                                    : x; }},
      {"aten::hardsigmoid(%0)", [](double x) { return x < -3  ? 0
                                                      : x > 3 ? 1
                                                              : (x + 3) / 6; }},
      {"aten::softplus(%0, 2.0, 5.0)",
       [](double x) { return 2 * x > 5 ? x : std::log1p(std::exp(2 * x)) / 2; }},
      {"aten::threshold(%0, 0.5, 9.0)", [](double x) { return x <= 0.5 ? 9 : x; }},
      {"aten::reciprocal(%0)", [](double x) { return 1 / x; }},
      {"aten::square(%0)", [](double x) { return x * x; }},
      {"aten::pow.Tensor_Scalar(%0, 3)", [](double x) { return x * x * x; }},
      {"aten::pow.Tensor_Scalar(%0, 2.5)", [](double x) { return std::pow(x, 2.5); }},
      {"aten::pow.Tensor_Scalar(%0, -2)", [](double x) { return 1 / (x * x); }},
      {"aten::remainder.Scalar(%0, 2.0)",
       [](double x) { return std::isinf(x) ? NAN : x - 2 * std::floor(x / 2); }},
      {"aten::fmod.Scalar(%0, 2.0)", [](double x) { return std::fmod(x, 2.0); }},
      {"aten::rsub.Scalar(%0, 5, 2)", [](double x) { return 5 - 2 * x; }},
      {"aten::add.Tensor(%0, 5, 2)", [](double x) { return x + 10; }},
      {"aten::clamp(%0, -1.0, none)", [](double x) { return x < -1 ? -1 : x; }},
      {"aten::clamp(%0, 2, 1)", [](double x) { return std::isnan(x) ? x : 1; }},
      {"aten::masked_fill.Scalar(%0, %0, 1)", nullptr},  // a mask that is no boolean
  };
  for (const UnaryCase& c : cases) {
    SCOPED_TRACE(c.call);
    if (!c.reference) {
      EXPECT_THROW(unary(c.call, kNumbers), InternalError);
      continue;
    }
    std::vector<double> expected;
    for (double x : kNumbers) expected.push_back(c.reference(x));
    expect_near(unary(c.call, kNumbers), expected, 1e-12);
  }
}

// A gradient of ATen against the slope of its operator.
TEST(ExpandElementwise, GradientsAreSlopes) {
  struct {
    const char *forward, *backward;
  } cases[] = {
      {"aten::gelu(%0, \"none\")", "aten::gelu_backward(%0, %1, \"none\")"},
      {"aten::gelu(%0, \"tanh\")", "aten::gelu_backward(%0, %1, \"tanh\")"},
      {"aten::silu(%0)", "aten::silu_backward(%0, %1)"},
      {"aten::leaky_relu(%0, 0.1)", "aten::leaky_relu_backward(%0, %1, 0.1, false)"},
      {"aten::relu(%0)", "aten::threshold_backward(%0, %1, 0)"},
  };
  const std::vector<double> x = {-4, -1.5, -0.3, 0.2, 1.1, 3.7};
  const std::vector<double> g = {1, -2, 0.5, 3, -1, 2};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.backward);
    const double step = 1e-6;
    std::vector<double> above = x, below = x, expected;
    for (size_t i = 0; i < x.size(); i++) above[i] += step, below[i] -= step;
    above = unary(c.forward, above);
    below = unary(c.forward, below);
    for (size_t i = 0; i < x.size(); i++)
      expected.push_back(g[i] * (above[i] - below[i]) / (2 * step));
    const std::string text = hidet::format(
        "input %0: f64[6]\ninput %1: f64[6]\n%2: f64[6] = {}\nreturn %2\n", c.backward);
    expect_near(
        run_text(text, {tensor(DType::f64, {6}, g), tensor(DType::f64, {6}, x)})[0].numbers(),
        expected, 1e-8);
  }
  // Gradients in terms of the result.
  const std::vector<double> tanh_x = unary("aten::tanh(%0)", x);
  std::vector<double> expected;
  for (size_t i = 0; i < x.size(); i++) expected.push_back(g[i] * (1 - tanh_x[i] * tanh_x[i]));
  expect_near(run_text("input %0: f64[6]\ninput %1: f64[6]\n"
                       "%2: f64[6] = aten::tanh_backward(%0, %1)\nreturn %2\n",
                       {tensor(DType::f64, {6}, g), tensor(DType::f64, {6}, tanh_x)})[0]
                  .numbers(),
              expected, 1e-12);
}

// Two operands of given types and shapes, one operator, a result: what the operands become.
std::string expanded(const std::string& operands, const std::string& result,
                     const std::string& call) {
  return print(expand_text(operands + "%9: " + result + " = " + call + "\nreturn %9\n"));
}

TEST(ExpandElementwise, PromotionIsExplicit) {
  EXPECT_EQ(
      expanded("input %0: i64[2]\ninput %1: f32[2]\n", "f32[2]", "aten::add.Tensor(%0, %1, 1)"),
      "input %0: i64[2]\ninput %1: f32[2]\n"
      "%2: f32[2] = cast(%0)\n"
      "%3: f32[2] = add(%2, %1)\n"
      "return %3\n");
  // 16-bit floats are computed in f32 and rounded once.
  EXPECT_EQ(expanded("input %0: bf16[2]\n", "bf16[2]", "aten::mul.Tensor(%0, 0.1)"),
            "input %0: bf16[2]\n"
            "%1: f32[2] = cast(%0)\n"
            "%2: f32[] = full() value=0.1\n"
            "%3: f32[2] = mul(%1, %2)\n"
            "%4: bf16[2] = cast(%3)\n"
            "return %4\n");
  // A comparison sees its operands in their common type: 0.1 is rounded to bf16.
  EXPECT_EQ(expanded("input %0: bf16[2]\n", "b8[2]", "aten::lt.Scalar(%0, 0.1)"),
            "input %0: bf16[2]\n"
            "%1: f32[2] = cast(%0)\n"
            "%2: f32[] = full() value=0.10009765625\n"
            "%3: b8[2] = lt(%1, %2)\n"
            "return %3\n");
  // A tensor without axes does not widen one with axes of the same class.
  EXPECT_EQ(expanded("input %0: f32[2]\ninput %1: f64[]\n", "b8[2]", "aten::eq.Tensor(%0, %1)"),
            "input %0: f32[2]\ninput %1: f64[]\n"
            "%2: f32[] = cast(%1)\n"
            "%3: b8[2] = eq(%0, %2)\n"
            "return %3\n");
  // True division of integers.
  EXPECT_EQ(expanded("input %0: i64[2]\n", "f32[2]", "aten::div.Tensor(%0, 2)"),
            "input %0: i64[2]\n"
            "%1: f32[2] = cast(%0)\n"
            "%2: f32[] = full() value=2.0\n"
            "%3: f32[2] = div(%1, %2)\n"
            "return %3\n");
  // Booleans add as logic.
  EXPECT_EQ(expanded("input %0: b8[2]\ninput %1: b8[2]\n", "b8[2]", "aten::add.Tensor(%0, %1, 1)"),
            "input %0: b8[2]\ninput %1: b8[2]\n"
            "%2: b8[2] = logical_or(%0, %1)\n"
            "return %2\n");
}

TEST(ExpandElementwise, CommonType) {
  using enum DType;
  using enum OperandCategory;
  EXPECT_EQ(promoted_type({{i8, with_axes}, {u8, with_axes}}), i16);
  EXPECT_EQ(promoted_type({{f16, with_axes}, {bf16, with_axes}}), f32);
  EXPECT_EQ(promoted_type({{i32, with_axes}, {i64, without_axes}}), i32);
  EXPECT_EQ(promoted_type({{i32, with_axes}, {f64, without_axes}}), f64);
  EXPECT_EQ(promoted_type({{b8, with_axes}, {i64, number}}), i64);
  EXPECT_EQ(promoted_type({{f16, without_axes}, {f32, number}}), f16);
  EXPECT_THROW(promoted_type({{u16, with_axes}, {i32, with_axes}}), DeclinedCall);
}

TEST(ExpandElementwise, Comparisons) {
  const auto result = run_text(
      "input %0: b8[4]\ninput %1: b8[4]\n%2: b8[4] = aten::lt.Tensor(%0, %1)\n"
      "%3: b8[4] = aten::eq.Tensor(%0, %1)\nreturn %2, %3\n",
      {tensor(DType::b8, {4}, {0, 0, 1, 1}), tensor(DType::b8, {4}, {0, 1, 0, 1})});
  EXPECT_EQ(result[0].numbers(), (std::vector<double>{0, 1, 0, 0}));
  EXPECT_EQ(result[1].numbers(), (std::vector<double>{1, 0, 0, 1}));
  // 0.1 is 0.1 in bf16 on both sides.
  EXPECT_EQ(run_text("input %0: bf16[1]\n%1: b8[1] = aten::eq.Scalar(%0, 0.1)\nreturn %1\n",
                     {tensor(DType::bf16, {1}, {0.1})})[0]
                .numbers(),
            (std::vector<double>{1}));
}

TEST(ExpandElementwise, StaysACallWhereItIsNotSure) {
  struct {
    const char *operands, *result, *call, *reason;
  } cases[] = {
      {"input %0: i64[2]\ninput %1: i64[2]\n", "i64[2]", "aten::floor_divide(%0, %1)",
       "integers divided by what may be zero"},
      {"input %0: i64[2]\n", "i64[2]", "aten::remainder.Scalar(%0, 0)",
       "integers divided by what may be zero"},
      {"input %0: i64[2]\n", "i64[2]", "aten::pow.Tensor_Scalar(%0, 5)", "a power of integers"},
      {"input %0: opaque[2]\n", "opaque[2]", "aten::neg(%0)",
       "a result of a type that only PyTorch computes with"},
      {"input %0: f32[2]\n", "f32[3]", "aten::neg(%0)",
       "a shape that does not broadcast to the result's"},
      {"input %0: f32[2]\n", "f32[2]", "aten::frobnicate(%0)", "no definition"},
      {"input %0: u8[2]\ninput %1: f32[2]\n", "f32[2]", "aten::where.self(%0, %1, %1)",
       "a condition that is no boolean"},
  };
  for (const auto& c : cases) {
    const Graph graph =
        expand_text(hidet::format("{}%9: {} = {}\nreturn %9\n", c.operands, c.result, c.call));
    ASSERT_EQ(graph.nodes.size(), 1u) << print(graph);
    EXPECT_EQ(graph.nodes[0].op, Op::aten);
    EXPECT_EQ(graph.nodes[0].aten_reason, c.reason) << c.call;
  }
}

TEST(ExpandElementwise, IntegersDividedByANumber) {
  const TestTensor x = tensor(DType::i64, {4}, {-7, -2, 3, 8});
  auto run = [&](const char* call) {
    return run_text(hidet::format("input %0: i64[4]\n%1: i64[4] = {}\nreturn %1\n", call), {x})[0]
        .numbers();
  };
  EXPECT_EQ(run("aten::floor_divide(%0, 2)"), (std::vector<double>{-4, -1, 1, 4}));
  EXPECT_EQ(run("aten::div.Tensor_mode(%0, 2, \"trunc\")"), (std::vector<double>{-3, -1, 1, 4}));
  EXPECT_EQ(run("aten::remainder.Scalar(%0, 3)"), (std::vector<double>{2, 1, 0, 2}));
  EXPECT_EQ(run("aten::fmod.Scalar(%0, 3)"), (std::vector<double>{-1, -2, 0, 2}));
}

TEST(ExpandElementwise, ConversionsAndMasks) {
  EXPECT_EQ(
      run_text("input %0: f32[3]\n%1: i32[3] = aten::_to_copy(%0, dtype\"int32\", none, none, "
               "none, false, none)\n%2: b8[3] = aten::_to_copy(%0, dtype\"bool\", none, none, "
               "none, false, none)\nreturn %1\n",
               {tensor(DType::f32, {3}, {-1.5, 0, 2.75})})[0]
          .numbers(),
      (std::vector<double>{-1, 0, 2}));
  const auto masked = run_text(
      "input %0: f32[2, 2]\ninput %1: b8[2, 1]\n"
      "%2: f32[2, 2] = aten::masked_fill.Scalar(%0, %1, -inf)\nreturn %2\n",
      {tensor(DType::f32, {2, 2}, {1, 2, 3, 4}), tensor(DType::b8, {2, 1}, {0, 1})});
  EXPECT_EQ(masked[0].numbers(), (std::vector<double>{1, 2, -INFINITY, -INFINITY}));
  const auto chosen = run_text(
      "input %0: b8[2]\ninput %1: f32[2]\n%2: f32[2] = aten::where.ScalarOther(%0, %1, 7)\n"
      "%3: i64[2] = aten::where.Scalar(%0, 1, 2)\nreturn %2, %3\n",
      {tensor(DType::b8, {2}, {0, 1}), tensor(DType::f32, {2}, {1, 2})});
  EXPECT_EQ(chosen[0].numbers(), (std::vector<double>{7, 2}));
  EXPECT_EQ(chosen[1].numbers(), (std::vector<double>{2, 1}));
}

}  // namespace
}  // namespace hidet
