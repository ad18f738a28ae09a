#include "graph/evaluate_for_test.h"

namespace hidet {
namespace {

// 0, 1, 2, ... of a shape.
TestTensor counted(std::vector<int64_t> shape) {
  std::vector<double> numbers(count_of(shape));
  for (size_t i = 0; i < numbers.size(); i++) numbers[i] = static_cast<double>(i);
  return tensor(DType::f32, std::move(shape), numbers);
}

std::vector<double> run_one(const std::string& text, const std::vector<TestTensor>& inputs,
                            std::vector<int64_t> symbols = {}) {
  return run_text(text, inputs, std::move(symbols))[0].numbers();
}

TEST(ExpandViews, ShapesAndAxes) {
  const TestTensor x = counted({2, 3});
  EXPECT_EQ(
      run_one("input %0: f32[2, 3]\n%1: f32[3, 2] = aten::view(%0, [3, 2])\nreturn %1\n", {x}),
      (std::vector<double>{0, 1, 2, 3, 4, 5}));
  for (const char* call : {"aten::t(%0)", "aten::permute(%0, [1, 0])", "aten::permute(%0, [-1, 0])",
                           "aten::transpose.int(%0, 0, -1)"})
    EXPECT_EQ(
        run_one(hidet::format("input %0: f32[2, 3]\n%1: f32[3, 2] = {}\nreturn %1\n", call), {x}),
        (std::vector<double>{0, 3, 1, 4, 2, 5}))
        << call;
  EXPECT_EQ(run_one("input %0: f32[2, 1]\n%1: f32[2, 2, 3] = aten::expand(%0, [2, 2, 3])\n"
                    "return %1\n",
                    {counted({2, 1})}),
            (std::vector<double>{0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(run_one("input %0: f32[2]\n%1: f32[2, 4] = aten::repeat(%0, [2, 2])\nreturn %1\n",
                    {counted({2})}),
            (std::vector<double>{0, 1, 0, 1, 0, 1, 0, 1}));
  EXPECT_EQ(run_one("input %0: f32[2, 3]\n%1: f32[2, 3] = aten::flip(%0, [1])\nreturn %1\n", {x}),
            (std::vector<double>{2, 1, 0, 5, 4, 3}));
}

TEST(ExpandViews, Slices) {
  struct {
    const char *call, *shape;
    std::vector<double> expected;
  } cases[] = {
      {"aten::slice.Tensor(%0, 0, 1, 9223372036854775807, 1)", "[4]", {1, 2, 3, 4}},
      {"aten::slice.Tensor(%0, 0, -2, none, 1)", "[2]", {3, 4}},
      {"aten::slice.Tensor(%0, 0, -9, 2, 1)", "[2]", {0, 1}},
      {"aten::slice.Tensor(%0, 0, 1, 5, 2)", "[2]", {1, 3}},
      {"aten::select.int(%0, 0, -1)", "[]", {4}},
      {"aten::select.int(%0, -1, 2)", "[]", {2}},
      {"aten::constant_pad_nd(%0, [1, 2], 9)", "[8]", {9, 0, 1, 2, 3, 4, 9, 9}},
      {"aten::constant_pad_nd(%0, [-1, 1], 9)", "[5]", {1, 2, 3, 4, 9}},
      {"aten::constant_pad_nd(%0, [-1, -2], 9)", "[2]", {1, 2}},
      {"aten::slice_backward(%0, [8], 0, 2, 7, 1)", "[8]", {0, 0, 0, 1, 2, 3, 4, 0}},
      {"aten::slice_scatter(%0, %1, 0, 1, 3, 1)", "[5]", {0, 0, 1, 3, 4}},
      {"aten::slice_scatter(%0, %1, 0, -2, none, 1)", "[5]", {0, 1, 2, 0, 1}},
  };
  for (const auto& c : cases)
    EXPECT_EQ(
        run_one(hidet::format("input %0: f32[5]\ninput %1: f32[2]\n%2: f32{} = {}\nreturn %2\n",
                              c.shape, c.call),
                {counted({5}), counted({2})}),
        c.expected)
        << c.call;
}

TEST(ExpandViews, ASymbolicSliceFromTheEnd) {
  EXPECT_EQ(run_one("symbol s0 in 2..9\ninput %0: f32[s0, 2]\n"
                    "%1: f32[1, 2] = aten::slice.Tensor(%0, 0, -1, none, 1)\nreturn %1\n",
                    {counted({4, 2})}, {4}),
            (std::vector<double>{6, 7}));
}

TEST(ExpandViews, PiecesAndJoints) {
  const auto pieces = run_text(
      "input %0: f32[2, 5]\n"
      "%1: f32[2, 2], %2: f32[2, 2], %3: f32[2, 1] = aten::split.Tensor(%0, 2, -1)\n"
      "return %1, %2, %3\n",
      {counted({2, 5})});
  EXPECT_EQ(pieces[0].numbers(), (std::vector<double>{0, 1, 5, 6}));
  EXPECT_EQ(pieces[1].numbers(), (std::vector<double>{2, 3, 7, 8}));
  EXPECT_EQ(pieces[2].numbers(), (std::vector<double>{4, 9}));
  EXPECT_EQ(run_one("input %0: f32[2, 1]\ninput %1: i64[2, 2]\n"
                    "%2: f32[2, 3] = aten::cat([%0, %1], 1)\nreturn %2\n",
                    {counted({2, 1}), tensor(DType::i64, {2, 2}, {7, 8, 9, 10})}),
            (std::vector<double>{0, 7, 8, 1, 9, 10}));
  EXPECT_EQ(run_one("input %0: f32[2]\n%1: f32[2, 2] = aten::stack([%0, %0], -1)\nreturn %1\n",
                    {counted({2})}),
            (std::vector<double>{0, 0, 1, 1}));
  const auto rows =
      run_text("input %0: f32[2, 2]\n%1: f32[2], %2: f32[2] = aten::unbind.int(%0, 1)\nreturn %2\n",
               {counted({2, 2})});
  EXPECT_EQ(rows[0].numbers(), (std::vector<double>{1, 3}));
}

TEST(ExpandViews, Indexing) {
  const TestTensor x = counted({3, 2});
  EXPECT_EQ(run_one("input %0: f32[3, 2]\ninput %1: i64[2, 1]\n"
                    "%2: f32[2, 1, 2] = aten::embedding(%0, %1, -1, false, false)\nreturn %2\n",
                    {x, tensor(DType::i64, {2, 1}, {2, 0})}),
            (std::vector<double>{4, 5, 0, 1}));
  EXPECT_EQ(run_one("input %0: f32[3, 2]\ninput %1: i64[2]\n"
                    "%2: f32[2, 2] = aten::index.Tensor(%0, [%1])\nreturn %2\n",
                    {x, tensor(DType::i64, {2}, {-1, 1})}),
            (std::vector<double>{4, 5, 2, 3}));
  // The axes of the index take the place of the axis that it indexes.
  EXPECT_EQ(run_one("input %0: f32[3, 2]\ninput %1: i64[2, 2]\n"
                    "%2: f32[3, 2, 2] = aten::index.Tensor(%0, [none, %1])\nreturn %2\n",
                    {x, tensor(DType::i64, {2, 2}, {1, 0, 0, 1})}),
            (std::vector<double>{1, 0, 0, 1, 3, 2, 2, 3, 5, 4, 4, 5}));
  EXPECT_EQ(run_one("input %0: f32[3, 2]\ninput %1: i64[1, 2]\n"
                    "%2: f32[1, 2] = aten::gather(%0, 0, %1, false)\nreturn %2\n",
                    {x, tensor(DType::i64, {1, 2}, {2, 1})}),
            (std::vector<double>{4, 3}));
}

TEST(ExpandViews, Creation) {
  EXPECT_EQ(run_one("%0: i64[3] = aten::arange.start_step(1, 10, 4)\nreturn %0\n", {}),
            (std::vector<double>{1, 5, 9}));
  EXPECT_EQ(run_one("%0: i32[2] = aten::full([2], 1.9, dtype\"int32\")\nreturn %0\n", {}),
            (std::vector<double>{1, 1}));
  EXPECT_EQ(
      run_one("symbol s0 in 1..9\n%0: f32[] = aten::full([], {s0 + 1})\nreturn %0\n", {}, {4}),
      (std::vector<double>{5}));
  const TestTensor x = counted({2, 3});
  EXPECT_EQ(run_one("input %0: f32[2, 3]\n%1: f32[2, 3] = aten::tril(%0, 0)\nreturn %1\n", {x}),
            (std::vector<double>{0, 0, 0, 3, 4, 0}));
  EXPECT_EQ(run_one("input %0: f32[2, 3]\n%1: f32[2, 3] = aten::triu(%0, 1)\nreturn %1\n", {x}),
            (std::vector<double>{0, 1, 2, 0, 0, 5}));
}

TEST(ExpandViews, TensorsWithoutElementsStayWithPyTorch) {
  const Graph graph = expand_text(
      "input %0: f32[0, 3]\n%1: f32[3] = aten::sum.dim_IntList(%0, [0], false, none)\nreturn %1\n");
  EXPECT_EQ(graph.nodes.at(0).aten_reason, "an operand without elements");
}

// What is at a border has the strides that the graph had there; what is inside is free.
TEST(ExpandViews, StridesBindAtTheBorderOnly) {
  EXPECT_EQ(print(expand_text("input %0: f32[2, 3] strides [3, 1]\n"
                              "%1: f32[3, 2] strides [1, 3] = aten::t(%0)\n"
                              "%2: f32[3, 2] strides [1, 3] = aten::neg(%1)\n"
                              "%3: f32[2] strides [1] = aten::strange(%1)\n"
                              "return %2, %3\n")),
            "input %0: f32[2, 3] strides [3, 1]\n"
            "%1: f32[3, 2] strides [1, 3] = permute(%0) order=[1, 0]\n"
            "%2: f32[3, 2] strides [1, 3] = neg(%1)\n"
            "%3: f32[2] strides [1] = aten::strange(%1) because \"no definition\"\n"
            "return %2, %3\n");
}

}  // namespace
}  // namespace hidet
