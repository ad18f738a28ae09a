#include "graph/reshape_map.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/definition.h"
#include "graph/graph_text.h"
#include "interp/scalar.h"
#include "ir/context.h"
#include "ir/print.h"

namespace hidet {
namespace {

std::vector<SizeExpr> sizes(const std::vector<std::string>& texts) {
  std::vector<SizeExpr> result;
  for (const std::string& text : texts) result.push_back(SizeExpr::parse(text));
  return result;
}

// Indices i0, i1, ... of `from`, and how `to` sees them.
std::vector<std::string> mapped(const std::vector<std::string>& from,
                                const std::vector<std::string>& to) {
  Context context;
  std::vector<Expr> index;
  for (size_t i = 0; i < from.size(); i++)
    index.push_back(context.variable(context.make_var(Type{DType::i64}, hidet::format("i{}", i))));
  std::map<std::string, Expr> symbols;
  const LowerSize size = [&](const SizeExpr& s) {
    if (auto constant = s.as_constant()) return context.index(*constant);
    auto [it, inserted] = symbols.try_emplace(s.text());
    if (inserted) it->second = context.variable(context.make_var(Type{DType::i64}, s.text()));
    return it->second;
  };
  std::vector<std::string> result;
  for (Expr e : reshape_index(sizes(from), sizes(to), index, context.index(0), size))
    result.push_back(print(e));
  return result;
}

using Texts = std::vector<std::string>;

TEST(ReshapeMap, RenamedAxesKeepTheirIndex) {
  EXPECT_EQ(mapped({"1", "s0", "384"}, {"s0", "384"}), (Texts{"i1", "i2"}));
  EXPECT_EQ(mapped({"s0", "384"}, {"1", "s0", "1", "384"}), (Texts{"0", "i0", "0", "i1"}));
  EXPECT_EQ(mapped({"s0", "s1", "12", "32"}, {"s0", "s1", "12", "32"}),
            (Texts{"i0", "i1", "i2", "i3"}));
}

TEST(ReshapeMap, OnlyTheChangedGroupIsDivided) {
  const Texts split = mapped({"s0", "384"}, {"s0", "12", "32"});
  EXPECT_EQ(split[0], "i0");
  EXPECT_NE(split[1].find("i1"), std::string::npos);
  EXPECT_EQ(split[1].find("i0"), std::string::npos);
  const Texts joined = mapped({"s0", "s1", "384"}, {"s0*s1", "384"});
  EXPECT_EQ(joined[1], "i2");
  EXPECT_EQ(joined[0].find("/"), std::string::npos);
}

TEST(ReshapeMap, EveryElementKeepsItsRank) {
  const std::vector<std::vector<int64_t>> shapes = {{24},      {4, 6},       {2, 12},     {3, 8},
                                                    {2, 3, 4}, {4, 3, 2},    {1, 24, 1},  {2, 2, 6},
                                                    {6, 4},    {2, 2, 2, 3}, {3, 1, 2, 4}};
  Context context;
  const LowerSize size = [&](const SizeExpr& s) { return context.index(*s.as_constant()); };
  for (const auto& from : shapes)
    for (const auto& to : shapes) {
      std::vector<SizeExpr> from_sizes(from.begin(), from.end()), to_sizes(to.begin(), to.end());
      for (int64_t rank = 0; rank < 24; rank++) {
        std::vector<Expr> index(from.size());
        int64_t rest = rank;
        for (size_t axis = from.size(); axis-- > 0;) {
          index[axis] = context.index(rest % from[axis]);
          rest /= from[axis];
        }
        int64_t found = 0;
        const auto at = reshape_index(from_sizes, to_sizes, index, context.index(0), size);
        for (size_t axis = 0; axis < to.size(); axis++) {
          const auto* constant = at[axis].as<Constant>();
          ASSERT_TRUE(constant && constant->as_int() < to[axis]);
          found = found * to[axis] + constant->as_int();
        }
        EXPECT_EQ(found, rank);
      }
    }
}

// The index of an operand's element in the result, and back.
TEST(ForwardIndex, IsTheInverseOfReading) {
  const Graph graph = parse_graph(
      "input %0: f32[2, 3, 4]\n%1: f32[4, 2, 3] = permute(%0) order=[2, 0, 1]\n"
      "%2: f32[2, 12] = reshape(%0)\n%3: f32[2, 3, 4] = flip(%0) axes=[0, 2]\nreturn\n");
  Context context;
  const LowerSize size = [&](const SizeExpr& s) { return context.index(*s.as_constant()); };
  for (NodeId id = 0; id < 3; id++)
    for (int64_t rank = 0; rank < 24; rank++) {
      const std::vector<Expr> start = {context.index(rank / 12), context.index(rank / 4 % 3),
                                       context.index(rank % 4)};
      std::vector<Expr> back;
      element_of(
          graph, id, forward_index(graph, id, start, context, size), context,
          [&](int, std::vector<Expr> index) {
            back = std::move(index);
            return context.constant(Type{DType::f32}, 0.0);
          },
          size);
      EXPECT_EQ(back, start);  // expressions are interned
    }
}

TEST(OutOfRange, IsWhatEagerReports) {
  const Graph graph = parse_graph(
      "input %0: f32[5, 2]\ninput %1: i64[1]\n%2: f32[1, 2] = take(%0, %1)\n"
      "%3: f32[1, 2] = index(%0, %1)\n%4: f32[1, 2] = neg(%2)\nreturn %3\n");
  Context context;
  const LowerSize size = [&](const SizeExpr& s) { return context.index(*s.as_constant()); };
  auto reported = [&](NodeId id, int64_t row) {
    Expr wrong = out_of_range(
        graph, id, {context.index(0), context.index(1)}, context,
        [&](int, const std::vector<Expr>&) { return context.index(row); }, size);
    return wrong && wrong.as<Constant>()->as_int() != 0;
  };
  for (int64_t row : {-7, -5, -1, 0, 4, 5}) {
    EXPECT_EQ(reported(0, row), row < 0 || row >= 5) << row;
    EXPECT_EQ(reported(1, row), row < -5 || row >= 5) << row;
    EXPECT_FALSE(reported(2, row));
  }
}

}  // namespace
}  // namespace hidet
