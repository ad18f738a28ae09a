#include "base/size_expr.h"

#include <gtest/gtest.h>

#include <random>

#include "base/checked.h"
#include "base/size_program.h"

namespace hidet {
namespace {

SizeExpr s(int index) {
  return SizeExpr::symbol(index);
}

TEST(SizeExpr, NormalForm) {
  EXPECT_EQ(s(0) + 0, s(0));
  EXPECT_EQ(s(0) * 1, s(0));
  EXPECT_EQ(s(0) * 0, SizeExpr());
  EXPECT_EQ(s(0) + s(1), s(1) + s(0));
  EXPECT_EQ((s(0) + 1) * (s(0) - 1), s(0) * s(0) - 1);
  EXPECT_EQ(s(0) - s(0), SizeExpr(0));
  EXPECT_EQ(floordiv(s(0) * 12, 12), s(0));
  EXPECT_EQ(floordiv(s(0) * s(1), s(1)), s(0));
  EXPECT_EQ(floordiv(floordiv(s(0), 4), 8), floordiv(s(0), 32));
  EXPECT_EQ(floordiv(s(0) * 2 + 1, 4), floordiv(s(0), 2));
  EXPECT_EQ(ceil_div(s(0) * 8, 8), s(0));
  EXPECT_EQ(ceil_div(s(0), 1), s(0));
  EXPECT_EQ(mod(s(0) * 8 + 3, 8), SizeExpr(3));
  EXPECT_EQ(mod(s(0) - 1, 4), mod(s(0) + 3, 4));
  EXPECT_EQ(mod(mod(s(0), 12), 4), mod(s(0), 4));
  EXPECT_EQ(min(s(0), s(0) + 1), s(0));
  EXPECT_EQ(max(max(s(0), 3), 5), max(5, s(0)));
  EXPECT_EQ(min(s(0), min(s(1), s(0))), min(s(1), s(0)));
  EXPECT_EQ((s(0) * s(1)).hash(), (s(1) * s(0)).hash());
  EXPECT_NE(s(0), s(1));
  EXPECT_EQ(floordiv(SizeExpr(-7), 2), SizeExpr(-4));
  EXPECT_EQ(mod(SizeExpr(-7), 2), SizeExpr(1));
}

TEST(SizeExpr, Questions) {
  SizeExpr e = s(2) * 12 + 8;
  EXPECT_EQ(e.symbol_count(), 3);
  EXPECT_EQ(e.divisor(), 4);
  EXPECT_EQ(e.divisor(std::vector<int64_t>{1, 1, 2}), 8);
  EXPECT_EQ(SizeExpr(7).as_constant(), 7);
  EXPECT_EQ(s(1).as_constant(), std::nullopt);
  EXPECT_EQ(e.substitute(std::vector<SizeExpr>{0, 0, s(0) + 1}), s(0) * 12 + 20);
  std::vector<SizeExpr> shape = {s(0), 4, s(1)};
  EXPECT_EQ(contiguous_strides(shape), (std::vector<SizeExpr>{s(1) * 4, s(1), 1}));
  EXPECT_EQ(product(shape), s(0) * s(1) * 4);
}

TEST(SizeExpr, Text) {
  EXPECT_EQ((s(0) * s(1) + s(0) * 4 + 3).text(), "s0*s1 + 4*s0 + 3");
  EXPECT_EQ(ceil_div(s(0), 16).text(), "(s0 + 15)//16");
  EXPECT_EQ((s(0) - 2).text(), "s0 - 2");
  EXPECT_EQ((SizeExpr(0) - s(0)).text(), "(-1)*s0");
  EXPECT_EQ((mod(s(0), 8) * 3).text(), "3*(s0 % 8)");
  EXPECT_EQ(min(s(0), 512).text(), "min(512, s0)");
  EXPECT_EQ(SizeExpr::parse("ceil_div(s0, 16)"), ceil_div(s(0), 16));
  EXPECT_EQ(SizeExpr::parse(" 2 * ( s0+1 )//4%3 "), mod(floordiv(2 * (s(0) + 1), 4), 3));
  EXPECT_EQ(SizeExpr::parse("-9223372036854775808"), SizeExpr(INT64_MIN));
}

TEST(SizeExpr, BadTextIsAUserError) {
  for (const char* text : {"", "s", "1 +", "(1", "1)", "s0 s1", "9223372036854775808", "min(1", "x",
                           "1//0", "s0 % 0", "s99999999", "s0 ++ 1", "min()"})
    EXPECT_THROW(SizeExpr::parse(text), UserError) << text;
  EXPECT_THROW(SizeExpr::parse(std::string(100000, '(')), UserError);
}

TEST(SizeExpr, OverflowIsAUserError) {
  int64_t large = int64_t{1} << 40;
  EXPECT_THROW(SizeExpr(large) * large, UserError);
  EXPECT_THROW((s(0) * s(0)).evaluate(std::vector<int64_t>{large}), UserError);
  EXPECT_THROW((s(0) + s(1)).evaluate(std::vector<int64_t>{INT64_MAX, 1}), UserError);
  EXPECT_THROW(floordiv(1, s(0)).evaluate(std::vector<int64_t>{0}), UserError);
  EXPECT_THROW(floordiv(s(0), -1).evaluate(std::vector<int64_t>{INT64_MIN}), UserError);
}

// A random expression, and the same computed with integers.
struct Pair {
  SizeExpr expr;
  int64_t value;
};
Pair random_pair(std::mt19937& random, std::span<const int64_t> symbols, int depth) {
  auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  if (depth == 0 || pick(5) == 0) {
    int64_t constant = pick(9) - 4;
    int index = pick(static_cast<int>(symbols.size()));
    return pick(2) ? Pair{SizeExpr(constant), constant} : Pair{s(index), symbols[index]};
  }
  Pair a = random_pair(random, symbols, depth - 1), b = random_pair(random, symbols, depth - 1);
  int64_t by = std::vector<int64_t>{1, 2, 3, 4, 6, 8, -2, -3}[pick(8)];
  switch (pick(7)) {
    case 0:
      return {a.expr + b.expr, a.value + b.value};
    case 1:
      return {a.expr - b.expr, a.value - b.value};
    case 2:
      return {a.expr * b.expr, a.value * b.value};
    case 3:
      return {floordiv(a.expr, by), checked_floordiv(a.value, by)};
    case 4:
      return {mod(a.expr, by), checked_mod(a.value, by)};
    case 5:
      return {min(a.expr, b.expr), std::min(a.value, b.value)};
    default:
      return {max(a.expr, b.expr), std::max(a.value, b.value)};
  }
}

TEST(SizeExpr, NormalFormKeepsTheValue) {
  std::mt19937 random(7);
  for (int round = 0; round < 4000; round++) {
    std::vector<int64_t> symbols;
    for (int i = 0; i < 3; i++) symbols.push_back(static_cast<int64_t>(random() % 40));
    Pair pair = random_pair(random, symbols, 4);
    ASSERT_EQ(pair.expr.evaluate(symbols), pair.value)
        << pair.expr.text() << " seed round " << round;
    ASSERT_EQ(SizeExpr::parse(pair.expr.text()), pair.expr) << pair.expr.text();
    std::vector<SizeExpr> numbers(symbols.begin(), symbols.end());
    ASSERT_EQ(pair.expr.substitute(numbers), SizeExpr(pair.value)) << pair.expr.text();
    std::vector<int64_t> divisors = symbols;
    int64_t divisor = pair.expr.divisor(divisors);
    if (divisor != 0) {
      ASSERT_EQ(pair.value % divisor, 0) << pair.expr.text();
    }
    SizeProgram program;
    int first = program.add(pair.expr), second = program.add(pair.expr + 1);
    std::vector<int64_t> table = program.initial();
    symbols.resize(3);
    program.evaluate(symbols, table);
    ASSERT_EQ(table[first], pair.value);
    ASSERT_EQ(table[second], pair.value + 1);
  }
}

TEST(SizeProgram, SharesSlotsAndChecks) {
  SizeProgram program;
  int product = program.add(s(0) * s(1));
  EXPECT_EQ(program.add(s(1) * s(0)), product);
  size_t before = program.slots();
  int constant = program.add(42);
  EXPECT_EQ(program.slots(), before + 1);
  EXPECT_EQ(program.initial()[constant], 42);
  EXPECT_EQ(program.symbol_count(), 2);
  std::vector<int64_t> table = program.initial();
  EXPECT_THROW(program.evaluate(std::vector<int64_t>{INT64_MAX, 2}, table), UserError);
  EXPECT_THROW(program.evaluate(std::vector<int64_t>{1}, table), InternalError);
}

}  // namespace
}  // namespace hidet
