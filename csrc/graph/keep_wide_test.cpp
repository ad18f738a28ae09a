#include "graph/keep_wide.h"

#include <gtest/gtest.h>

#include "graph/graph_text.h"

namespace hidet {
namespace {

int wide_casts(const std::string& text) {
  int count = 0;
  for (const Node& node : keep_wide(parse_graph(text)).nodes)
    count += node.attributes.count("wide");
  return count;
}

const std::string kHead =
    "input %0: bf16[4]\n%1: f32[4] = cast(%0)\n%2: f32[4] = mul(%1, %1)\n%3: bf16[4] = cast(%2)\n";

TEST(KeepWide, BetweenTwoOperators) {
  EXPECT_EQ(wide_casts(kHead + "%4: f32[4] = cast(%3)\n%5: f32[4] = mul(%4, %4)\n"
                               "%6: bf16[4] = cast(%5)\nreturn %6\n"),
            1);
}

TEST(KeepWide, ThroughViews) {
  EXPECT_EQ(wide_casts(kHead + "%4: bf16[2, 2] = reshape(%3)\n%5: f32[2, 2] = cast(%4)\n"
                               "%6: f32[2, 2] = mul(%5, %5)\nreturn %6\n"),
            1);
}

TEST(KeepWide, NotWhatTheUserAskedFor) {
  const std::string explicit_narrow =
      "input %0: f32[4]\n%1: bf16[4] = cast(%0) explicit=true\n%2: f32[4] = cast(%1)\n"
      "%3: f32[4] = mul(%2, %2)\nreturn %3\n";
  EXPECT_EQ(wide_casts(explicit_narrow), 0);
  EXPECT_EQ(wide_casts(kHead + "%4: f32[4] = cast(%3) explicit=true\n"
                               "%5: f32[4] = mul(%4, %4)\nreturn %5\n"),
            0);
}

TEST(KeepWide, NotWhereTheRoundingIsSeen) {
  EXPECT_EQ(wide_casts(kHead + "%4: f32[4] = cast(%3)\n%5: b8[4] = gt(%4, %1)\nreturn %5\n"), 0);
  EXPECT_EQ(wide_casts(kHead + "%4: f32[4] = cast(%3)\n%5: f32[4] = floor(%4)\nreturn %5\n"), 0);
  EXPECT_EQ(wide_casts(kHead + "%4: f32[4] = cast(%3)\n%5: i64[4] = cast(%4)\nreturn %5\n"), 0);
  EXPECT_EQ(wide_casts(kHead + "%4: f32[4] = cast(%3)\nreturn %4\n"), 0);
}

}  // namespace
}  // namespace hidet
