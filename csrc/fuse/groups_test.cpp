#include "fuse/groups.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "graph/graph_text.h"

namespace hidet {
namespace {

std::string groups_of(const std::string& text) {
  const Graph graph = parse_graph(text);
  return print(form_groups(graph), graph);
}

std::string first_refusal(const std::string& text) {
  const Grouping grouping = form_groups(parse_graph(text));
  return grouping.refusals.empty() ? "" : grouping.refusals[0].reason;
}

const std::string kProduct =
    "input %0: f32[4, 8]\ninput %1: f32[8, 6]\ninput %2: f32[6]\n"
    "%3: f32[4, 6] = matmul(%0, %1)  # product\n";

TEST(Groups, AChainRidesAlong) {
  EXPECT_EQ(groups_of(kProduct + "%4: f32[4, 6] = add(%3, %2)  # bias\n"
                                 "%5: f32[4, 6] = tanh(%4)  # activation\n"
                                 "%6: f32[6, 4] = permute(%5) order=[1, 0]  # turned\n"
                                 "return %6\n"),
            "group 0 matmul: product bias activation turned -> turned\n");
}

TEST(Groups, ADiamondRidesAlong) {
  const std::string diamond = kProduct +
                              "%4: f32[4, 6] = mul(%3, %3)  # square\n"
                              "%5: f32[4, 6] = tanh(%4)  # tanh\n"
                              "%6: f32[4, 6] = mul(%3, %5)  # gate\n"
                              "%7: f32[4, 6] = add(%6, %2)  # bias\n";
  EXPECT_EQ(groups_of(diamond + "return %7\n"),
            "group 0 matmul: product square tanh gate bias -> bias\n");
  EXPECT_EQ(groups_of(diamond + "return %7, %5\n"),
            "group 0 matmul: product square tanh gate bias -> tanh bias\n")
      << "what is asked for inside of it is stored, too";
}

std::string chain(const std::string& begin, int from, int length) {
  std::string text = begin;
  for (int i = from; i < from + length; ++i)
    text += hidet::format("%{}: f32[4, 6] = tanh(%{})  # step{}\n", i, i - 1, i);
  return text + hidet::format("return %{}\n", from + length - 1);
}

// 10 operations a step: ten steps a kernel.
TEST(Groups, ALongChainIsCut) {
  EXPECT_EQ(groups_of(chain(kProduct, 4, 25)),
            "group 0 matmul: product step4 step5 step6 step7 step8 step9 step10 step11 step12 "
            "step13 -> step13\n"
            "group 1 pointwise: step24 -> step24\n"
            "group 2 pointwise: step28 -> step28\n");
  EXPECT_EQ(first_refusal(chain(kProduct, 4, 25)), "the kernel evaluates enough already");
  EXPECT_EQ(groups_of(chain("input %0: f32[4, 6]\n", 1, 12)),
            "group 0 pointwise: step11 -> step11\ngroup 1 pointwise: step12 -> step12\n");
}

TEST(Groups, UsersThatDoNotMeetReadWhatIsStored) {
  const std::string text = kProduct +
                           "%4: f32[4, 6] = tanh(%3)  # one\n"
                           "%5: f32[4] = reduce.sum(%3) axes=[1]  # other\n"
                           "return %4, %5\n";
  EXPECT_EQ(groups_of(text),
            "group 0 matmul: product -> product\n"
            "group 1 pointwise: one -> one\n"
            "group 2 rowwise: other -> other\n");
}

TEST(Groups, AnOperandThatDependsOnTheGroupIsRefused) {
  // The second product reads the first; their sum cannot be an epilogue of the first.
  const std::string text =
      "input %0: f32[4, 4]\n%1: f32[4, 4] = matmul(%0, %0)  # first\n"
      "%2: f32[4, 4] = matmul(%1, %0)  # second\n%3: f32[4, 4] = add(%1, %2)  # sum\nreturn %3\n";
  EXPECT_EQ(groups_of(text), "group 0 matmul: first -> first\ngroup 1 matmul: second sum -> sum\n");
}

TEST(Groups, ADiamondThroughAnotherKernelIsNone) {
  const std::string text =
      "input %0: f32[4, 4]\n%1: f32[4, 4] = matmul(%0, %0)  # first\n"
      "%2: f32[4, 4] = tanh(%1)  # tanh\n%3: f32[4, 4] = matmul(%2, %0)  # second\n"
      "%4: f32[4, 4] = add(%1, %3)  # sum\nreturn %4\n";
  EXPECT_EQ(groups_of(text),
            "group 0 matmul: first -> first\ngroup 1 pointwise: tanh -> tanh\n"
            "group 2 matmul: second sum -> sum\n")
      << "a tanh would be computed again for each column of the second product";
  EXPECT_NE(first_refusal(text), "");
}

TEST(Groups, ARowsValueAlongTheOtherAxisIsNoneOfTheRow) {
  const std::string sums =
      "input %0: f32[4, 4]\n%1: f32[4] = reduce.sum(%0) axes=[1]  # sums\n"
      "%2: f32[4, 1] = reshape(%1)  # column\n";
  const std::string apart = "group 0 rowwise: sums -> sums\ngroup 1 pointwise:";
  EXPECT_EQ(groups_of(sums + "%3: f32[4, 4] = add(%0, %2)  # total\nreturn %3\n"),
            "group 0 rowwise: sums column total -> total\n");
  EXPECT_EQ(groups_of(sums + "%3: f32[4, 4] = add(%0, %1)  # total\nreturn %3\n"),
            apart + " total -> total\n");
  EXPECT_EQ(groups_of(sums + "%3: f32[4, 4] = expand(%1)  # rows\nreturn %3\n"),
            apart + " rows -> rows\n");
  EXPECT_EQ(groups_of(sums + "%3: f32[4, 4] = mul(%2, %1)  # outer\nreturn %3\n"),
            "group 0 rowwise: sums -> sums\ngroup 1 pointwise: outer -> outer\n");
}

TEST(Groups, ReductionsOverTheSameRowsAreOneKernel) {
  const std::string text =
      "input %0: f32[4, 8]\n%1: f32[4] = reduce.sum(%0) axes=[1]  # sum\n"
      "%2: f32[4, 1] = reshape(%1)  # column\n%3: f32[4, 8] = sub(%0, %2)  # centred\n"
      "%4: f32[4, 8] = mul(%3, %3)  # square\n%5: f32[4] = reduce.sum(%4) axes=[1]  # variance\n"
      "return %5\n";
  const Grouping grouping = form_groups(parse_graph(text));
  ASSERT_EQ(grouping.groups.size(), 1u);
  EXPECT_EQ(grouping.groups[0].kind, GroupKind::rowwise);
  EXPECT_EQ(grouping.groups[0].anchors.size(), 2u);
}

}  // namespace
}  // namespace hidet
