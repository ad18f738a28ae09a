// Passes as text before and text after, and what they compute, before and after.
#include "graph/evaluate_for_test.h"
#include "graph/merge_matmuls.h"

namespace hidet {
namespace {

std::string eliminated(const char* text) {
  return print(eliminate(parse_graph(text)));
}

TEST(Eliminate, WhatNobodyReadsGoes) {
  EXPECT_EQ(eliminated("input %0: f32[2]\n%1: f32[2] = neg(%0)\n%2: f32[2] = exp(%0)\n"
                       "%3: f32[2] = aten::print(%0)\nreturn %2\n"),
            "input %0: f32[2]\n%1: f32[2] = exp(%0)\n%2: f32[2] = aten::print(%0)\nreturn %1\n");
}

TEST(Eliminate, EqualNodesBecomeOne) {
  EXPECT_EQ(eliminated("input %0: f32[2]\n%1: f32[2] = neg(%0)\n%2: f32[2] = neg(%0)\n"
                       "%3: f32[2] = add(%1, %2)\n%4: f32[] = full() value=1.0\n"
                       "%5: f32[] = full() value=2.0\n%6: f32[2] = add(%3, %4)\n"
                       "%7: f32[2] = add(%6, %5)\nreturn %7\n"),
            "input %0: f32[2]\n%1: f32[2] = neg(%0)\n%2: f32[2] = add(%1, %1)\n"
            "%3: f32[] = full() value=1.0\n%4: f32[] = full() value=2.0\n"
            "%5: f32[2] = add(%2, %3)\n%6: f32[2] = add(%5, %4)\nreturn %6\n");
}

TEST(Eliminate, CallsOfPyTorchAreNeverOne) {
  const char* text =
      "input %0: f32[2]\n%1: f32[2] = aten::rand_like(%0)\n%2: f32[2] = aten::rand_like(%0)\n"
      "return %1, %2\n";
  EXPECT_EQ(eliminated(text), text);
}

TEST(Eliminate, ViewsOfViews) {
  EXPECT_EQ(eliminated("input %0: f32[2, 6]\n%1: f32[12] = reshape(%0)\n"
                       "%2: f32[2, 6] = reshape(%1)\n%3: f32[3, 4] = reshape(%1)\n"
                       "%4: f32[6, 2] = permute(%0) order=[1, 0]\n"
                       "%5: f32[2, 6] = permute(%4) order=[1, 0]\n"
                       "%6: f32[2, 6] = add(%2, %5)\nreturn %3, %6\n"),
            "input %0: f32[2, 6]\n%1: f32[3, 4] = reshape(%0)\n%2: f32[2, 6] = add(%0, %0)\n"
            "return %1, %2\n");
}

TEST(Eliminate, SquareMatricesAreStillTransposed) {
  const char* text = "input %0: f32[2, 2]\n%1: f32[2, 2] = permute(%0) order=[1, 0]\nreturn %1\n";
  EXPECT_EQ(eliminated(text), text);
}

TEST(Eliminate, BorderValuesStay) {
  const char* text =
      "input %0: f32[2, 6] strides [6, 1]\n%1: f32[2, 6] strides [1, 2] = reshape(%0)\nreturn %1\n";
  EXPECT_EQ(eliminated(text), text);
}

TEST(Eliminate, ExactCastsVanish) {
  // bf16 -> f32 -> bf16 is nothing, f32 -> bf16 -> f32 rounds.
  EXPECT_EQ(eliminated("input %0: bf16[2]\ninput %1: f32[2]\n%2: f32[2] = cast(%0)\n"
                       "%3: bf16[2] = cast(%2)\n%4: bf16[2] = neg(%3)\n%5: bf16[2] = cast(%1)\n"
                       "%6: f32[2] = cast(%5)\n%7: f64[2] = cast(%2)\nreturn %4, %6, %7\n"),
            "input %0: bf16[2]\ninput %1: f32[2]\n%2: bf16[2] = neg(%0)\n"
            "%3: bf16[2] = cast(%1)\n%4: f32[2] = cast(%3)\n%5: f64[2] = cast(%0)\n"
            "return %2, %4, %5\n");
}

TEST(Eliminate, SlicesOfSlicesAndExpansions) {
  EXPECT_EQ(eliminated("input %0: f32[9]\n%1: f32[4] = slice(%0) axis=0 start={1} step=2\n"
                       "%2: f32[2] = slice(%1) axis=0 start={1} step=2\n"
                       "input %3: f32[1, 2]\n%4: f32[3, 2] = expand(%3)\n"
                       "%5: f32[4, 3, 2] = expand(%4)\nreturn %2, %5\n"),
            "input %0: f32[9]\ninput %1: f32[1, 2]\n"
            "%2: f32[2] = slice(%0) axis=0 start={3} step=4\n"
            "%3: f32[4, 3, 2] = expand(%1)\nreturn %2, %3\n");
}

TEST(Eliminate, AllPositionsInOrderAreAReshape) {
  const std::string positions =
      "%1: i64[s0] = iota() start=0 step=1\n%2: i64[3] = iota() start=0 step=1\n"
      "%3: i64[s0, 1, 1] = reshape(%1)\n%4: i64[1, 3] = reshape(%2)\n";
  EXPECT_EQ(eliminated(("input %0: f32[s0, 3, 5]\n" + positions +
                        "%5: f32[s0, 1, 3, 5] = index(%0, %3, %4)\nreturn %5\n")
                           .c_str()),
            "input %0: f32[s0, 3, 5]\n%1: f32[s0, 1, 3, 5] = reshape(%0)\nreturn %1\n");
  EXPECT_EQ(eliminated("input %0: f32[1, s0]\n%1: i64[1] = iota() start=0 step=1\n"
                       "%2: i64[s0] = iota() start=0 step=1\n%3: i64[1, 1] = reshape(%1)\n"
                       "%4: f32[1, s0] = index(%0, %3, %2)\nreturn %4\n"),
            "input %0: f32[1, s0]\nreturn %0\n");
  EXPECT_EQ(eliminated("input %0: f32[6, 2]\n%1: i64[6] = iota() start=0 step=1\n"
                       "%2: i64[2, 3] = reshape(%1)\n%3: f32[2, 3, 2] = take(%0, %2)\n"
                       "return %3\n"),
            "input %0: f32[6, 2]\n%1: f32[2, 3, 2] = reshape(%0)\nreturn %1\n");
}

TEST(Eliminate, OtherPositionsAreStillTaken) {
  for (const char* text :
       {// Another order of axes, one axis for both, repeated elements, a part, another step.
        "input %0: f32[4, 3]\n%1: i64[4] = iota() start=0 step=1\n"
        "%2: i64[3] = iota() start=0 step=1\n%3: i64[3, 1] = reshape(%2)\n"
        "%4: f32[3, 4] = index(%0, %1, %3)\nreturn %4\n",
        "input %0: f32[4, 4]\n%1: i64[4] = iota() start=0 step=1\n"
        "%2: f32[4] = index(%0, %1, %1)\nreturn %2\n",
        "input %0: f32[1, 4]\ninput %1: i64[2, 1]\n%2: i64[4] = iota() start=0 step=1\n"
        "%3: f32[2, 4] = index(%0, %1, %2)\nreturn %3\n",
        "input %0: f32[5, 2]\n%1: i64[4] = iota() start=0 step=1\n"
        "%2: f32[4, 2] = take(%0, %1)\nreturn %2\n",
        "input %0: f32[4, 2]\n%1: i64[4] = iota() start=3 step=-1\n"
        "%2: f32[4, 2] = take(%0, %1)\nreturn %2\n",
        "input %0: f32[4, 2]\n%1: i64[4] = iota() start=0 step=1\n"
        "%2: i64[2, 2] = reshape(%1)\n%3: i64[2, 2] = permute(%2) order=[1, 0]\n"
        "%4: f32[2, 2, 2] = take(%0, %3)\nreturn %4\n",
        "input %0: f32[4]\n%1: i64[4] = iota() start=0 step=1\n"
        "%2: i64[3, 4] = expand(%1)\n%3: f32[3, 4] = index(%0, %2)\nreturn %3\n"})
    EXPECT_EQ(eliminated(text), text);
}

TEST(MergeMatmuls, SiblingsOverConstantMatrices) {
  const char* text =
      "input %0: f32[s0, 4]\nweight %1: f32[4, 2]\nweight %2: f32[4, 3]\ninput %3: f32[4, 3]\n"
      "%4: f32[s0, 2] = matmul(%0, %1)\n%5: f32[s0, 3] = matmul(%0, %2)\n"
      "%6: f32[s0, 3] = matmul(%0, %3)\n%7: f32[s0, 3] = add(%5, %6)\nreturn %4, %7\n";
  const Graph before = parse_graph(text), after = merge_matmuls(before);
  EXPECT_EQ(print(after),
            "input %0: f32[s0, 4]\nweight %1: f32[4, 2]\nweight %2: f32[4, 3]\n"
            "input %3: f32[4, 3]\n"
            "%4: f32[4, 5] = cat(%1, %2) axis=1\n"
            "%5: f32[s0, 5] = matmul(%0, %4)\n"
            "%6: f32[s0, 2] = slice(%5) axis=1 start={0} step=1\n"
            "%7: f32[s0, 3] = slice(%5) axis=1 start={2} step=1\n"
            "%8: f32[s0, 3] = matmul(%0, %3)\n"
            "%9: f32[s0, 3] = add(%7, %8)\nreturn %6, %9\n");
  const std::vector<TestTensor> inputs = {
      random_tensor(DType::f32, {3, 4}, 1), random_tensor(DType::f32, {4, 2}, 2),
      random_tensor(DType::f32, {4, 3}, 3), random_tensor(DType::f32, {4, 3}, 4)};
  const auto expected = GraphEvaluator(before, {3}).run(inputs);
  const auto found = GraphEvaluator(after, {3}).run(inputs);
  for (size_t i = 0; i < expected.size(); i++) EXPECT_EQ(found[i].elements, expected[i].elements);
}

TEST(MergeMatmuls, BiasesAreJoinedWhereAllHaveOne) {
  const char* text =
      "input %0: f32[3, 4]\nweight %1: f32[4, 2]\nweight %2: f32[4, 3]\nweight %3: f32[2]\n"
      "weight %4: f32[3]\n%5: f32[3, 2] = matmul(%0, %1)\n%6: f32[3, 2] = add(%5, %3)\n"
      "%7: f32[3, 3] = matmul(%0, %2)\n%8: f32[3, 3] = add(%4, %7)\nreturn %6, %8\n";
  const Graph before = parse_graph(text), after = eliminate(merge_matmuls(before));
  EXPECT_EQ(print(after),
            "input %0: f32[3, 4]\nweight %1: f32[4, 2]\nweight %2: f32[4, 3]\nweight %3: f32[2]\n"
            "weight %4: f32[3]\n"
            "%5: f32[4, 5] = cat(%1, %2) axis=1\n"
            "%6: f32[3, 5] = matmul(%0, %5)\n"
            "%7: f32[5] = cat(%3, %4) axis=0\n"
            "%8: f32[3, 5] = add(%6, %7)\n"
            "%9: f32[3, 2] = slice(%8) axis=1 start={0} step=1\n"
            "%10: f32[3, 3] = slice(%8) axis=1 start={2} step=1\n"
            "return %9, %10\n");
  const std::vector<TestTensor> inputs = {
      random_tensor(DType::f32, {3, 4}, 1), random_tensor(DType::f32, {4, 2}, 2),
      random_tensor(DType::f32, {4, 3}, 3), random_tensor(DType::f32, {2}, 4),
      random_tensor(DType::f32, {3}, 5)};
  const auto expected = GraphEvaluator(before).run(inputs),
             found = GraphEvaluator(after).run(inputs);
  for (size_t i = 0; i < expected.size(); i++) EXPECT_EQ(found[i].elements, expected[i].elements);
}

TEST(MergeMatmuls, OneMatmulStaysAsItIs) {
  const char* text =
      "input %0: f32[3, 4]\nweight %1: f32[4, 2]\n%2: f32[3, 2] = matmul(%0, %1)\nreturn %2\n";
  EXPECT_EQ(print(merge_matmuls(parse_graph(text))), text);
}

}  // namespace
}  // namespace hidet
