#include "driver/graph_history.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "graph/graph_text.h"

namespace hidet {
namespace {

Graph sum(std::string_view symbols, std::string_view a, std::string_view b, std::string_view out) {
  return parse_graph(hidet::format(R"({}input %0: f32{}
input %1: f32{}
%2: f32{} = aten::add.Tensor(%0, %1, 1)
return %2
)",
                                   symbols, a, b, out));
}

constexpr std::string_view kOne = "symbol s0 in 2..90 by 1 hint 3\n";
constexpr std::string_view kTwo =
    "symbol s0 in 2..90 by 1 hint 3\nsymbol s1 in 2..90 by 1 hint 3\n";

TEST(GraphHistory, TheMostGeneralGraph) {
  GraphHistory history;
  const Graph one = sum("", "[1, 1]", "[1, 1]", "[1, 1]");
  history.add(sum("", "[1, 1]", "[1, 1]", "[1, 1]"));  // without symbols: nothing is a case of it
  EXPECT_FALSE(history.general_of(one));
  history.add(sum(kTwo, "[s0, s1]", "[s0, s1]", "[s0, s1]"));
  history.add(sum(kOne, "[1, s0]", "[1, s0]", "[1, s0]"));
  const auto found = history.general_of(one);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->symbols.size(), 2u);
  EXPECT_TRUE(history.general_of(sum(kOne, "[s0, 1]", "[s0, 1]", "[s0, 1]")));
  // As general itself.
  EXPECT_FALSE(history.general_of(sum(kTwo, "[s1, s0]", "[s1, s0]", "[s1, s0]")));
}

TEST(GraphHistory, BroadcastIsNoCaseOfElementwise) {
  GraphHistory history;
  history.add(sum(kTwo, "[s0]", "[s1]", "[s0]"));
  EXPECT_FALSE(history.general_of(sum(kOne, "[s0]", "[1]", "[s0]")));
}

}  // namespace
}  // namespace hidet
