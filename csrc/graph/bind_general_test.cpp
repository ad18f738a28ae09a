#include "graph/bind_general.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "graph/graph_text.h"

namespace hidet {
namespace {

std::string bound(std::string_view general, std::string_view special) {
  auto graph = bind_general(parse_graph(general), parse_graph(special));
  return graph ? print(*graph) : "none";
}

// A padding mask over a batch: a view and an expansion that a batch of 1 does not need.
constexpr std::string_view kGeneral = R"(symbol s0 in 2..900 by 1 hint 3  # batch
symbol s1 in 2..512 by 1 hint 100  # length
input %0: f32[s0, s1] strides [s1, 1]
weight %1: f32[1, 512] strides [512, 1]
argument s0
argument s1
argument %0
argument %1
%2: f32[1, s1] strides [512, 1] = aten::slice.Tensor(%1, 1, 0, {s1}, 1)
%3: f32[s0, s1] strides [0, 1] = aten::expand(%2, [{s0}, {s1}], false)
%4: f32[s0, s1] strides [s1, 1] = aten::slice.Tensor(%0, 0, 0, 9223372036854775807, 1)
%5: f32[s0, s1] strides [s1, 1] = aten::add.Tensor(%4, %3, 1)
%6: f32[s0*s1, 1] strides [1, 1] = aten::view(%5, [-1, 1])
return %6
)";

TEST(BindGeneral, BatchOfOne) {
  EXPECT_EQ(bound(kGeneral, R"(symbol s0 in 2..512 by 1 hint 7
input %0: f32[1, s0] strides [s0, 1]
weight %1: f32[1, 512] strides [512, 1]
argument s0
argument %0
argument %1
%2: f32[1, s0] strides [512, 1] = aten::slice.Tensor(%1, 1, 0, {s0}, 1)
%3: f32[1, s0] strides [s0, 1] = aten::add.Tensor(%0, %2, 1)
%4: f32[s0, 1] strides [1, 1] = aten::view(%3, [{s0}, 1])
return %4
)"),
            R"(symbol s0 in 2..512 by 1 hint 100  # length
symbol s1 in 1..900 by 1 hint 3  # batch
input %0: f32[s1, s0] strides [s0, 1]
weight %1: f32[1, 512] strides [512, 1]
argument s0
argument %0
argument %1
%2: f32[1, s0] strides [512, 1] = aten::slice.Tensor(%1, 1, 0, {s0}, 1)
%3: f32[s1, s0] strides [0, 1] = aten::expand(%2, [{s1}, {s0}], false)
%4: f32[s1, s0] strides [s0, 1] = aten::slice.Tensor(%0, 0, 0, 9223372036854775807, 1)
%5: f32[s1, s0] strides [s0, 1] = aten::add.Tensor(%4, %3, 1)
%6: f32[s0*s1, 1] strides [1, 1] = aten::view(%5, [-1, 1])
return %6
)");
}

TEST(BindGeneral, AllSizesOne) {
  // The length's stride in the first argument is that of an axis of extent 1: it does not matter.
  EXPECT_NE(bound(kGeneral, R"(input %0: f32[1, 1] strides [1, 5]
weight %1: f32[1, 512] strides [512, 1]
%2: f32[1, 1] strides [512, 1] = aten::slice.Tensor(%1, 1, 0, 1, 1)
%3: f32[1, 1] strides [1, 1] = aten::expand(%2, [1, 1], false)
%4: f32[1, 1] strides [1, 1] = aten::add.Tensor(%0, %3, 1)
%5: f32[1, 1] strides [1, 1] = aten::view(%4, [1, 1])
return %5
)"),
            "none");
}

TEST(BindGeneral, OtherGraphsAreNoCases) {
  const auto special = [](std::string_view extent, std::string_view node, std::string_view input) {
    return hidet::format(R"(symbol s0 in 2..512 by 1 hint 7
input %0: f32[{0}, s0] strides [{2}, 1]
weight %1: f32[1, 512] strides [512, 1]
%2: f32[1, s0] strides [512, 1] = aten::slice.Tensor(%1, 1, 0, {{s0}}, 1)
%3: f32[{0}, s0] strides [s0, 1] = {1}
%4: f32[{3}, 1] strides [1, 1] = aten::view(%3, [-1, 1])
return %4
)",
                         extent, node, input, extent == "1" ? "s0" : "4*s0");
  };
  const auto bind = [&](auto... words) { return bound(kGeneral, special(words...)); };
  EXPECT_NE(bind("1", "aten::add.Tensor(%0, %2, 1)", "s0"), "none");
  EXPECT_EQ(bind("1", "aten::add.Tensor(%0, %2, 2)", "s0"), "none");
  EXPECT_EQ(bind("1", "aten::add.Tensor(%2, %0, 1)", "s0"), "none");
  EXPECT_EQ(bind("1", "aten::sub.Tensor(%0, %2, 1)", "s0"), "none");
  EXPECT_EQ(bind("4", "aten::add.Tensor(%0, %2, 1)", "s0"), "none");  // a size other than 1
}

// Sizes that had to be equal are broadcast when one of them becomes 1.
TEST(BindGeneral, AssumedEquality) {
  const auto assumes = [](std::string_view shape) {
    return assumes_equal_sizes(parse_graph(hidet::format(R"(symbol s0 in 2..900 by 1 hint 3
symbol s1 in 2..900 by 1 hint 3
input %0: f32[s0, s1]
input %1: f32{}
%2: f32[s0, s1] = add(%0, %1)
return %2
)",
                                                         shape)));
  };
  EXPECT_FALSE(assumes("[s0, s1]"));
  EXPECT_FALSE(assumes("[s0, 1]"));
  EXPECT_FALSE(assumes("[s1]"));
  EXPECT_FALSE(assumes("[]"));
  EXPECT_TRUE(assumes("[s0]"));
  EXPECT_TRUE(assumes("[1, s0]"));
  EXPECT_TRUE(assumes("[s1, 1]"));
}

// An output that is an argument itself is other memory than a copy of it.
TEST(BindGeneral, OutputsAreTheSameMemory) {
  constexpr std::string_view general = R"(symbol s0 in 2..900 by 1 hint 3
input %0: f32[s0] strides [1]
%1: f32[s0] strides [1] = aten::slice.Tensor(%0, 0, 0, {s0}, 1)
return %1
)";
  EXPECT_EQ(bound(general, "input %0: f32[1] strides [1]\nreturn %0\n"), "none");
}

// A symbol that no argument tells cannot be bound.
TEST(BindGeneral, SymbolsAreTold) {
  EXPECT_EQ(bound(R"(symbol s0 in 2..900 by 1 hint 3
symbol s1 in 2..900 by 1 hint 5
input %0: f32[s0] strides [1]
argument s1
argument %0
%1: f32[s0] strides [1] = aten::mul.Tensor(%0, {s1})
return %1
)",
                  R"(input %0: f32[1] strides [1]
%1: f32[1] strides [1] = aten::mul.Tensor(%0, 1)
return %1
)"),
            "none");
}

}  // namespace
}  // namespace hidet
