#include "graph/evaluate_for_test.h"

namespace hidet {
namespace {

TEST(ExpandReductions, SumsAndExtremes) {
  const TestTensor x = tensor(DType::f32, {2, 3}, {1, 5, 2, -1, 0, 7});
  struct {
    const char *call, *result;
    std::vector<double> expected;
  } cases[] = {
      {"aten::sum(%0, none)", "f32[]", {14}},
      {"aten::sum.dim_IntList(%0, [-1], true, none)", "f32[2, 1]", {8, 6}},
      {"aten::sum.dim_IntList(%0, [], false, none)", "f32[]", {14}},
      {"aten::sum.dim_IntList(%0, none, false, none)", "f32[]", {14}},
      {"aten::mean.dim(%0, [0], false, none)", "f32[3]", {0, 2.5, 4.5}},
      {"aten::amax(%0, [1], false)", "f32[2]", {5, 7}},
      {"aten::amin(%0, [0], false)", "f32[3]", {-1, 0, 2}},
      {"aten::prod(%0, none)", "f32[]", {0}},
      {"aten::any.dim(%0, 0, false)", "b8[3]", {1, 1, 1}},
      {"aten::all.dim(%0, 1, false)", "b8[2]", {1, 0}},
      {"aten::var.correction(%0, [1], 1, false)", "f32[2]", {13.0 / 3, 19}},
      {"aten::var.correction(%0, [1], 0, true)", "f32[2, 1]", {26.0 / 9, 38.0 / 3}},
  };
  for (const auto& c : cases)
    expect_near(
        run_text(hidet::format("input %0: f32[2, 3]\n%1: {} = {}\nreturn %1\n", c.result, c.call),
                 {x})[0]
            .numbers(),
        c.expected, 1e-6);
  const auto largest = run_text(
      "input %0: f32[2, 3]\n%1: f32[2], %2: i64[2] = aten::max.dim(%0, 1, false)\nreturn %1\n",
      {x});
  EXPECT_EQ(largest[0].numbers(), (std::vector<double>{5, 7}));
}

TEST(ExpandReductions, TypesOfAccumulators) {
  // Booleans are counted; 16-bit floats are added up in f32.
  EXPECT_EQ(run_text("input %0: b8[300]\n%1: i64[] = aten::sum(%0, none)\nreturn %1\n",
                     {tensor(DType::b8, {300}, std::vector<double>(300, 1))})[0]
                .numbers(),
            (std::vector<double>{300}));
  EXPECT_EQ(run_text("input %0: bf16[300]\n%1: bf16[] = aten::sum(%0, none)\nreturn %1\n",
                     {tensor(DType::bf16, {300}, std::vector<double>(300, 1))})[0]
                .numbers(),
            (std::vector<double>{300}));
  EXPECT_EQ(run_text("input %0: b8[2]\n%1: b8[] = aten::amax(%0, [0], false)\nreturn %1\n",
                     {tensor(DType::b8, {2}, {0, 1})})[0]
                .numbers(),
            (std::vector<double>{1}));
  // A symbolic count divides at run time.
  EXPECT_EQ(run_text("symbol s0 in 2..9\ninput %0: f32[s0]\n"
                     "%1: f32[] = aten::mean(%0, none)\nreturn %1\n",
                     {tensor(DType::f32, {4}, {1, 2, 3, 6})}, {4})[0]
                .numbers(),
            (std::vector<double>{3}));
}

TEST(ExpandReductions, IndicesOfExtremesStayWithPyTorch) {
  const Graph graph = expand_text(
      "input %0: f32[2, 3]\n%1: f32[2], %2: i64[2] = aten::max.dim(%0, 1, false)\nreturn %1, %2\n");
  EXPECT_EQ(graph.nodes.at(0).aten_reason, "indices of an extreme");
}

// f at x, and its slope in each element by differences, times g.
template <class F>
std::vector<double> slopes(std::vector<double> x, const std::vector<double>& g, F f) {
  std::vector<double> result;
  const double step = 1e-5;
  for (double& element : x) {
    const double before = element;
    element = before + step;
    const std::vector<double> above = f(x);
    element = before - step;
    const std::vector<double> below = f(x);
    element = before;
    double total = 0;
    for (size_t i = 0; i < g.size(); i++) total += g[i] * (above[i] - below[i]) / (2 * step);
    result.push_back(total);
  }
  return result;
}

std::vector<double> softmax_of(const std::vector<double>& x, bool logarithm) {
  std::vector<double> result;
  for (size_t row = 0; row < x.size(); row += 4) {
    double sum = 0;
    for (size_t i = row; i < row + 4; i++) sum += std::exp(x[i]);
    for (size_t i = row; i < row + 4; i++)
      result.push_back(logarithm ? x[i] - std::log(sum) : std::exp(x[i]) / sum);
  }
  return result;
}

TEST(ExpandNormalisation, SoftmaxAndItsGradient) {
  const TestTensor x = random_tensor(DType::f64, {2, 4}, 1),
                   g = random_tensor(DType::f64, {2, 4}, 2);
  for (bool logarithm : {false, true}) {
    const char* name = logarithm ? "_log_softmax" : "_softmax";
    const auto y = run_text(
        hidet::format("input %0: f64[2, 4]\n%1: f64[2, 4] = aten::{}(%0, -1, false)\nreturn %1\n",
                      name),
        {x});
    expect_near(y[0].numbers(), softmax_of(x.numbers(), logarithm), 1e-12);
    const auto dx = run_text(
        hidet::format("input %0: f64[2, 4]\ninput %1: f64[2, 4]\n"
                      "%2: f64[2, 4] = aten::{}_backward_data(%0, %1, 1, dtype\"float64\")\n"
                      "return %2\n",
                      name),
        {g, y[0]});
    expect_near(dx[0].numbers(),
                slopes(x.numbers(), g.numbers(),
                       [&](const std::vector<double>& at) { return softmax_of(at, logarithm); }),
                1e-8);
  }
}

TEST(ExpandNormalisation, SoftmaxOfBf16IsRoundedOnce) {
  EXPECT_EQ(print(expand_text("input %0: bf16[2, 4]\n"
                              "%1: bf16[2, 4] = aten::_softmax(%0, 1, false)\nreturn %1\n")),
            "input %0: bf16[2, 4]\n"
            "%1: f32[2, 4] = cast(%0)\n"
            "%2: f32[2] = reduce.max(%1) axes=[1]\n"
            "%3: f32[2, 1] = reshape(%2)\n"
            "%4: f32[2, 4] = sub(%1, %3)\n"
            "%5: f32[2, 4] = exp_nonpositive(%4)\n"
            "%6: f32[2] = reduce.sum(%5) axes=[1]\n"
            "%7: f32[2, 1] = reshape(%6)\n"
            "%8: f32[2, 4] = div(%5, %7)\n"
            "%9: bf16[2, 4] = cast(%8)\n"
            "return %9\n");
}

// Rows of 4, weight and bias of 4.
std::vector<double> layer_norm_of(const std::vector<double>& x, const std::vector<double>& w,
                                  const std::vector<double>& b) {
  std::vector<double> result;
  for (size_t row = 0; row < x.size(); row += 4) {
    double mean = 0, variance = 0;
    for (size_t i = 0; i < 4; i++) mean += x[row + i] / 4;
    for (size_t i = 0; i < 4; i++) variance += (x[row + i] - mean) * (x[row + i] - mean) / 4;
    for (size_t i = 0; i < 4; i++)
      result.push_back((x[row + i] - mean) / std::sqrt(variance + 0.1) * w[i] + b[i]);
  }
  return result;
}

TEST(ExpandNormalisation, LayerNormAndItsGradients) {
  const TestTensor x = random_tensor(DType::f64, {3, 4}, 3),
                   g = random_tensor(DType::f64, {3, 4}, 4);
  const TestTensor w = random_tensor(DType::f64, {4}, 5), b = random_tensor(DType::f64, {4}, 6);
  const auto y = run_text(
      "input %0: f64[3, 4]\ninput %1: f64[4]\ninput %2: f64[4]\n"
      "%3: f64[3, 4], %4: f64[3, 1], %5: f64[3, 1] = "
      "aten::native_layer_norm(%0, [4], %1, %2, 0.1)\nreturn %3, %4, %5\n",
      {x, w, b});
  expect_near(y[0].numbers(), layer_norm_of(x.numbers(), w.numbers(), b.numbers()), 1e-12);
  const auto dx = run_text(
      "input %0: f64[3, 4]\ninput %1: f64[3, 4]\ninput %2: f64[3, 1]\ninput %3: f64[3, 1]\n"
      "input %4: f64[4]\ninput %5: f64[4]\n"
      "%6: f64[3, 4], %7: f64[4], %8: f64[4] = aten::native_layer_norm_backward(%0, %1, [4], %2, "
      "%3, %4, %5, [true, true, true])\nreturn %6, %7, %8\n",
      {g, x, y[1], y[2], w, b});
  const auto at = [&](const std::vector<double>& x, const std::vector<double>& w,
                      const std::vector<double>& b) { return layer_norm_of(x, w, b); };
  using V = std::vector<double>;
  expect_near(
      dx[0].numbers(),
      slopes(x.numbers(), g.numbers(), [&](const V& v) { return at(v, w.numbers(), b.numbers()); }),
      1e-7);
  expect_near(
      dx[1].numbers(),
      slopes(w.numbers(), g.numbers(), [&](const V& v) { return at(x.numbers(), v, b.numbers()); }),
      1e-7);
  expect_near(
      dx[2].numbers(),
      slopes(b.numbers(), g.numbers(), [&](const V& v) { return at(x.numbers(), w.numbers(), v); }),
      1e-7);
}

TEST(ExpandNormalisation, BatchNormOfInference) {
  const TestTensor x = random_tensor(DType::f64, {2, 3, 2}, 7);
  const TestTensor w = random_tensor(DType::f64, {3}, 8), b = random_tensor(DType::f64, {3}, 9);
  const TestTensor mean = random_tensor(DType::f64, {3}, 10);
  const TestTensor variance = tensor(DType::f64, {3}, {0.5, 1, 2});
  const auto y = run_text(
      "input %0: f64[2, 3, 2]\ninput %1: f64[3]\ninput %2: f64[3]\ninput %3: f64[3]\n"
      "input %4: f64[3]\n%5: f64[2, 3, 2], %6: f64[0], %7: f64[0] = "
      "aten::_native_batch_norm_legit_no_training(%0, %1, %2, %3, %4, 0.1, 0.01)\nreturn %5\n",
      {x, w, b, mean, variance});
  std::vector<double> expected;
  for (size_t i = 0; i < 12; i++) {
    const size_t c = i / 2 % 3;
    expected.push_back((x.numbers()[i] - mean.numbers()[c]) /
                           std::sqrt(variance.numbers()[c] + 0.01) * w.numbers()[c] +
                       b.numbers()[c]);
  }
  expect_near(y[0].numbers(), expected, 1e-12);
}

TEST(ExpandProducts, LinearMaps) {
  const TestTensor x = random_tensor(DType::f64, {2, 3}, 1),
                   w = random_tensor(DType::f64, {3, 2}, 2);
  const TestTensor c = random_tensor(DType::f64, {2}, 3);
  const auto y = run_text(
      "input %0: f64[2, 3]\ninput %1: f64[3, 2]\ninput %2: f64[2]\n"
      "%3: f64[2, 2] = aten::addmm(%2, %0, %1, 2, 3)\nreturn %3\n",
      {x, w, c});
  std::vector<double> expected;
  for (size_t i = 0; i < 4; i++) {
    double sum = 0;
    for (size_t k = 0; k < 3; k++) sum += x.numbers()[i / 2 * 3 + k] * w.numbers()[k * 2 + i % 2];
    expected.push_back(2 * c.numbers()[i % 2] + 3 * sum);
  }
  expect_near(y[0].numbers(), expected, 1e-12);
}

TEST(ExpandProducts, ProductsOf16BitFloatsAreRoundedOnce) {
  EXPECT_EQ(print(expand_text("input %0: bf16[2, 3]\ninput %1: bf16[3, 4]\ninput %2: bf16[4]\n"
                              "%3: bf16[2, 4] = aten::addmm(%2, %0, %1, 1, 1)\nreturn %3\n")),
            "input %0: bf16[2, 3]\ninput %1: bf16[3, 4]\ninput %2: bf16[4]\n"
            "%3: f32[2, 4] = matmul(%0, %1)\n"
            "%4: f32[4] = cast(%2)\n"
            "%5: f32[2, 4] = add(%3, %4)\n"
            "%6: bf16[2, 4] = cast(%5)\n"
            "return %6\n");
}

TEST(ExpandProducts, Attention) {
  const Graph graph = expand_text(
      "input %0: f32[2, 3, 4, 64]\ninput %1: f32[2, 3, 5, 64]\ninput %2: f32[2, 1, 1, 5]\n"
      "%3: f32[2, 3, 4, 64], %4: f32[2, 3, 4] = aten::_scaled_dot_product_flash_attention_for_cpu("
      "%0, %1, %1, 0.0, false, %2, none)\nreturn %3\n");
  EXPECT_EQ(print(graph),
            "input %0: f32[2, 3, 4, 64]\ninput %1: f32[2, 3, 5, 64]\ninput %2: f32[2, 1, 1, 5]\n"
            "%3: f32[2, 3, 4, 5] = expand(%2)\n"
            "%4: f32[2, 3, 4, 64] = attention(%0, %1, %1, %3) causal=0 scale=0.125\n"
            "return %4\n");
  for (const char* result : {"return %3, %4\n", "return %4\n"})
    EXPECT_EQ(
        expand_text(std::string("input %0: f32[1, 1, 2, 4]\n%3: f32[1, 1, 2, 4], %4: f32[1, 1, "
                                "2] = aten::_scaled_dot_product_flash_attention_for_cpu(%0, "
                                "%0, %0, 0.0, true, none, none)\n") +
                    result)
            .nodes.at(0)
            .aten_reason,
        "the sums of the scores are used");
}

TEST(ExpandProducts, AttentionOfHeadsThatAreNoWholeVectors) {
  const Graph graph = expand_text(
      "input %0: f32[2, 3, 4, 4]\ninput %1: f32[2, 3, 5, 4]\ninput %2: f32[2, 3, 5, 20]\n"
      "%3: f32[2, 3, 4, 20], %4: f32[2, 3, 4] = aten::_scaled_dot_product_flash_attention_for_cpu("
      "%0, %1, %2, 0.0, false, none, none)\nreturn %3\n");
  EXPECT_EQ(print(graph),
            "input %0: f32[2, 3, 4, 4]\ninput %1: f32[2, 3, 5, 4]\ninput %2: f32[2, 3, 5, 20]\n"
            "%3: f32[2, 3, 4, 16] = pad(%0) before=[0, 0, 0, 0] value=0.0\n"
            "%4: f32[2, 3, 5, 16] = pad(%1) before=[0, 0, 0, 0] value=0.0\n"
            "%5: f32[2, 3, 5, 32] = pad(%2) before=[0, 0, 0, 0] value=0.0\n"
            "%6: f32[2, 3, 4, 32] = attention(%3, %4, %5) causal=0 scale=0.5\n"
            "%7: f32[2, 3, 4, 20] = slice(%6) axis=3 start={0} step=1\n"
            "return %7\n");
}

}  // namespace
}  // namespace hidet
