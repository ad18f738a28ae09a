#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/graph_text.h"

namespace hidet {
namespace {

constexpr const char* kText = R"(symbol s0 in 1..512 by 1 hint 128  # s77
symbol s1 in 0..9223372036854775807 by 8 hint 64  # n
input %0: f32[s0, 384] strides [384, 1]  # x
weight %1: bf16[384]  # w
argument s0
argument none
argument %0
argument %1
%2: f32[384] = cast(%1)  # scale
%3: f32[s0, 384] = add(%0, %2)  # scale
%4: f32[s0] = reduce.max(%3) axes=[1]  # amax
%5: f32[s0, 384] = slice(%0) axis=1 start={min(4, s0) + 1} step=2  # slice
%6: f32[] = full() value=-inf  # full
%7: f32[2] strides [1], _ = aten::topk.x(%3, none, 1, 1.5, true, "two \"words\"", {s0*s1}, [%2, [2]], dtype"f32") because "no definition"  # topk
copy %0 <- %3
return %4, none, %7
)";

TEST(GraphText, PrintsWhatItParses) {
  EXPECT_EQ(print(parse_graph(kText)), kText);
}

TEST(GraphText, ReadsEveryField) {
  const Graph graph = parse_graph(kText);
  EXPECT_EQ(graph.symbols[0].name, "s77");
  EXPECT_EQ(graph.symbols[1].divisor, 8);
  EXPECT_TRUE(graph.values[1].weight);
  EXPECT_EQ(graph.arguments[0].symbol, 0);
  EXPECT_EQ(graph.arguments[2].value, 0);
  const Node& call = graph.nodes.back();
  EXPECT_EQ(call.inputs, (std::vector<ValueId>{3, 2}));
  EXPECT_EQ(call.outputs, (std::vector<ValueId>{7, -1}));
  EXPECT_EQ(call.aten_reason, "no definition");
  EXPECT_EQ(graph.values[7].producer, 5);
  EXPECT_EQ(graph.outputs, (std::vector<ValueId>{4, -1, 7}));
}

TEST(GraphText, NumbersValuesByAppearance) {
  EXPECT_EQ(print(parse_graph("input %9: f32[2]\n%4: f32[2] = neg(%9)\nreturn %4\n")),
            "input %0: f32[2]\n%1: f32[2] = neg(%0)\nreturn %1\n");
}

TEST(GraphText, RejectsWhatItDoesNotKnow) {
  for (const char* text :
       {"%0: f32[2] = neg(%1)\n", "input %0: float[2]\n", "input %0: f32[2\n",
        "input %0: f32[2]\ninput %0: f32[2]\n", "input %0: f32[2]\n%1: f32[2] = frobnicate(%0)\n",
        "return %0\n", "input %0: f32[2]\n%1: f32[2] = neg(%0) because\n", "symbol s1 in 1..2\n",
        "%1: f32[2] = full() value=1.5.2\n"})
    EXPECT_THROW(parse_graph(text), UserError) << text;
}

}  // namespace
}  // namespace hidet
