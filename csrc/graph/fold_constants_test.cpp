// Numbers, ranges and identities: text before and text after. What must not fold stays as it is.
#include "graph/fold_constants.h"

#include "graph/evaluate_for_test.h"

namespace hidet {
namespace {

std::string folded(const std::string& text) {
  return print(eliminate(parse_graph(text)));
}
void expect_unchanged(const std::string& text) {
  EXPECT_EQ(folded(text), text);
}

// The number that `function` of numbers becomes; empty: it is none.
std::string of_numbers(const std::string& dtype, const std::string& function,
                       const std::vector<std::string>& numbers, std::string result = "") {
  std::string text, operands;
  if (result.empty()) result = dtype;
  for (size_t i = 0; i < numbers.size(); i++) {
    text += hidet::format("%{}: {}[] = full() value={}\n", i, dtype, numbers[i]);
    operands += hidet::format("{}%{}", i ? ", " : "", i);
  }
  text += hidet::format("%{}: {}[] = {}({})\nreturn %{}\n", numbers.size(), result, function,
                        operands, numbers.size());
  const std::string after = folded(text), start = "%0: " + result + "[] = full() value=";
  if (!after.starts_with(start) || !after.ends_with("\nreturn %0\n")) return "";
  return after.substr(start.size(), after.find('\n') - start.size());
}

TEST(FoldConstants, IntegersWrap) {
  EXPECT_EQ(of_numbers("i64", "add", {"2", "3"}), "5");
  EXPECT_EQ(of_numbers("i64", "add", {"9223372036854775807", "1"}), "-9223372036854775808");
  EXPECT_EQ(of_numbers("i32", "mul", {"65536", "65536"}), "0");
  EXPECT_EQ(of_numbers("u8", "add", {"200", "100"}), "44");
  EXPECT_EQ(of_numbers("u8", "sub", {"0", "1"}), "255");
  EXPECT_EQ(of_numbers("u8", "neg", {"1"}), "255");
  EXPECT_EQ(of_numbers("i8", "neg", {"-128"}), "-128");
  EXPECT_EQ(of_numbers("i64", "floordiv", {"-7", "2"}), "-4");
  EXPECT_EQ(of_numbers("i64", "fmod", {"-7", "2"}), "-1");
  EXPECT_EQ(of_numbers("i64", "floordiv", {"1", "0"}), "");
  EXPECT_EQ(of_numbers("i64", "max", {"-7", "2"}), "2");
}

TEST(FoldConstants, FloatsAreRoundedToTheirType) {
  EXPECT_EQ(of_numbers("f32", "add", {"16777216.0", "1.0"}), "16777216.0");
  EXPECT_EQ(of_numbers("f64", "add", {"16777216.0", "1.0"}), "16777217.0");
  EXPECT_EQ(of_numbers("f16", "mul", {"300.0", "300.0"}), "inf");
  EXPECT_EQ(of_numbers("f32", "div", {"-1.0", "0.0"}), "-inf");
  EXPECT_EQ(of_numbers("f32", "sub", {"inf", "inf"}), "nan");
  EXPECT_EQ(of_numbers("f32", "add", {"-0.0", "0.0"}), "0.0");
  EXPECT_EQ(of_numbers("f32", "neg", {"0.0"}), "-0.0");
  EXPECT_EQ(of_numbers("f32", "max", {"nan", "1.0"}), "nan");
  EXPECT_EQ(of_numbers("f32", "sqrt", {"2.0"}), "1.4142135381698608");
  // Not rounded to the bit by every implementation.
  for (const char* function : {"exp", "rsqrt", "tanh", "sin"})
    EXPECT_EQ(of_numbers("f32", function, {"2.0"}), "") << function;
}

TEST(FoldConstants, ComparisonsAndLogic) {
  EXPECT_EQ(of_numbers("f32", "eq", {"nan", "nan"}, "b8"), "false");
  EXPECT_EQ(of_numbers("f32", "ne", {"nan", "nan"}, "b8"), "true");
  EXPECT_EQ(of_numbers("f32", "eq", {"0.0", "-0.0"}, "b8"), "true");
  EXPECT_EQ(of_numbers("u64", "lt", {"-1", "1"}, "b8"), "false");  // the bits of 2^64 - 1
  EXPECT_EQ(of_numbers("i64", "lt", {"-1", "1"}, "b8"), "true");
  EXPECT_EQ(of_numbers("b8", "logical_xor", {"true", "true"}), "false");
  EXPECT_EQ(of_numbers("b8", "logical_not", {"false"}), "true");
  EXPECT_EQ(of_numbers("b8", "where", {"true", "false", "true"}), "false");
}

TEST(FoldConstants, Casts) {
  EXPECT_EQ(of_numbers("i64", "cast", {"300"}, "u8"), "44");
  EXPECT_EQ(of_numbers("i64", "cast", {"16777217"}, "f32"), "16777216.0");
  EXPECT_EQ(of_numbers("i64", "cast", {"-3"}, "b8"), "true");
  EXPECT_EQ(of_numbers("f32", "cast", {"-1.5"}, "i32"), "-1");
  EXPECT_EQ(of_numbers("f32", "cast", {"nan"}, "b8"), "true");
  EXPECT_EQ(of_numbers("f32", "cast", {"1.00390625"}, "bf16"), "1.0");
  EXPECT_EQ(of_numbers("b8", "cast", {"true"}, "f32"), "1.0");
  // What the processor makes of a float that does not fit.
  EXPECT_EQ(of_numbers("f32", "cast", {"1e20"}, "i64"), "");
  EXPECT_EQ(of_numbers("f32", "cast", {"nan"}, "i64"), "");
  EXPECT_EQ(of_numbers("f32", "cast", {"-1.0"}, "u8"), "");
}

TEST(FoldConstants, ChainsAndShapes) {
  EXPECT_EQ(folded("%0: i64[] = full() value=384\n%1: f32[] = cast(%0)\n"
                   "%2: f32[s0, 3] = full() value=2.0\n%3: f32[s0, 3] = mul(%2, %1)\n"
                   "%4: f32[3, s0] = permute(%3) order=[1, 0]\nreturn %4\n"),
            "%0: f32[] = full() value=768.0\n%1: f32[s0, 3] = expand(%0)\n"
            "%2: f32[3, s0] = permute(%1) order=[1, 0]\nreturn %2\n");
}

TEST(FoldConstants, AtTheBorderANumberIsFilledIn) {
  EXPECT_EQ(folded("%0: f32[] = full() value=2.0\n%1: f32[s0, 3] strides [3, 1] = add(%0, %0)\n"
                   "return %1\n"),
            "%0: f32[s0, 3] strides [3, 1] = full() value=4.0\nreturn %0\n");
  expect_unchanged(
      "input %0: i64[3] strides [1]\n%1: i64[] = full() value=0\n"
      "%2: i64[3] strides [1] = add(%0, %1)\nreturn %2\n");
}

TEST(FoldConstants, NumbersOfAShapeDoNotWidenWhatReadsThem) {
  EXPECT_EQ(folded("input %0: f32[1, s0]\n%1: f32[9, s0] = full() value=2.0\n"
                   "%2: f32[9, s0] = mul(%0, %1)\nreturn %2\n"),
            "input %0: f32[1, s0]\n%1: f32[] = full() value=2.0\n"
            "%2: f32[1, s0] = mul(%0, %1)\n%3: f32[9, s0] = expand(%2)\nreturn %3\n");
}

// What becomes of the comparison of %7, which `operand` defines, with a number.
std::string compared(const std::string& operand, const std::string& dtype,
                     const std::string& comparison, const std::string& number,
                     const std::string& symbols = "") {
  const std::string after =
      folded(symbols + operand + "%8: " + dtype + "[] = full() value=" + number +
             "\n%9: b8[4] = " + comparison + "(%7, %8)\nreturn %9\n");
  if (after.ends_with("full() value=true\n%1: b8[4] = expand(%0)\nreturn %1\n")) return "true";
  if (after.ends_with("full() value=false\n%1: b8[4] = expand(%0)\nreturn %1\n")) return "false";
  return "open";
}

TEST(FoldConstants, RangesOfIotas) {
  const std::string up = "%7: i64[4] = iota() start=3 step=2\n";  // 3 .. 9
  EXPECT_EQ(compared(up, "i64", "ge", "3"), "true");
  EXPECT_EQ(compared(up, "i64", "gt", "3"), "open");
  EXPECT_EQ(compared(up, "i64", "le", "9"), "true");
  EXPECT_EQ(compared(up, "i64", "lt", "9"), "open");
  EXPECT_EQ(compared(up, "i64", "lt", "3"), "false");
  EXPECT_EQ(compared(up, "i64", "eq", "10"), "false");
  EXPECT_EQ(compared(up, "i64", "ne", "2"), "true");
  const std::string down = "%7: i32[4] = iota() start=3 step=-1\n";  // 3 .. 0
  EXPECT_EQ(compared(down, "i32", "ge", "0"), "true");
  EXPECT_EQ(compared(down, "i32", "gt", "0"), "open");
  const std::string wraps = "%7: u8[4] = iota() start=254 step=1\n";  // 254, 255, 0, 1
  EXPECT_EQ(compared(wraps, "u8", "ge", "254"), "open");
}

TEST(FoldConstants, RangesThroughViewsAndArithmetic) {
  EXPECT_EQ(compared("%0: i64[4] = iota() start=1 step=1\n%1: i64[2, 2] = reshape(%0)\n"
                     "%2: i64[2, 2] = permute(%1) order=[1, 0]\n%7: i64[4] = reshape(%2)\n",
                     "i64", "gt", "0"),
            "true");
  EXPECT_EQ(compared("%0: i64[8] = iota() start=0 step=1\n"
                     "%7: i64[4] = slice(%0) axis=0 start={4} step=1\n",
                     "i64", "lt", "8"),
            "true");
  const auto sum = [](const std::string& dtype, const std::string& number) {
    return "%0: " + dtype + "[4] = iota() start=0 step=1\n%1: " + dtype +
           "[] = full() value=" + number + "\n%7: " + dtype + "[4] = add(%0, %1)\n";
  };
  EXPECT_EQ(compared(sum("i64", "0"), "i64", "ge", "0"), "true");
  EXPECT_EQ(compared(sum("i64", "5"), "i64", "ge", "5"), "true");
  EXPECT_EQ(compared(sum("i64", "-5"), "i64", "lt", "0"), "true");
  // Sums that leave the type's range wrap.
  EXPECT_EQ(compared(sum("i64", "9223372036854775806"), "i64", "ge", "0"), "open");
  EXPECT_EQ(compared(sum("i32", "2147483645"), "i32", "ge", "0"), "open");
  EXPECT_EQ(compared(sum("i32", "2147483644"), "i32", "ge", "0"), "true");
  EXPECT_EQ(compared(sum("u8", "253"), "u8", "ge", "253"), "open");
  EXPECT_EQ(compared(sum("u8", "252"), "u8", "ge", "252"), "true");
}

TEST(FoldConstants, RangesOfSymbolicSizes) {
  const std::string symbols = "symbol s0 in 2..9223372036854775807\n";
  const std::string prefix =
      "symbol s0 in 2..9223372036854775807 by 1 hint 8192  # s0\n%0: i64[s0] = iota() start=0 "
      "step=1\n";
  EXPECT_EQ(folded(prefix + "%1: i64[] = full() value=0\n%2: i64[s0] = add(%0, %1)\n"
                            "%3: i64[1, s0, 1] = reshape(%2)\n%4: b8[1, s0, 1] = ge(%3, %1)\n"
                            "return %4\n"),
            "symbol s0 in 2..9223372036854775807 by 1 hint 8192  # s0\n"
            "%0: b8[] = full() value=true\n%1: b8[1, s0, 1] = expand(%0)\nreturn %1\n");
  expect_unchanged(prefix + "%1: i64[] = full() value=9\n%2: b8[s0] = lt(%0, %1)\nreturn %2\n");
  // No iota has 2^62 elements, but this sum may wrap.
  expect_unchanged(prefix +
                   "%1: i64[] = full() value=9223372036854775000\n%2: i64[s0] = add(%0, %1)\n"
                   "%3: i64[] = full() value=0\n%4: b8[s0] = ge(%2, %3)\nreturn %4\n");
  const std::string size = "%7: i64[] = full() value={s0}\n";
  EXPECT_EQ(compared(size, "i64", "ge", "2", symbols), "true");
  EXPECT_EQ(compared(size, "i64", "ge", "3", symbols), "open");
  EXPECT_EQ(compared("%0: i64[] = full() value={s0}\n%1: i64[] = full() value=1\n"
                     "%7: i64[] = add(%0, %1)\n",
                     "i64", "ge", "0", symbols),
            "open");
}

TEST(FoldConstants, Identities) {
  struct Case {
    const char* dtype;
    const char* call;    // of %0, the operand, and %1, the number
    const char* number;  // of `dtype`
  };
  for (const Case& c : std::vector<Case>{{"b8", "logical_and(%0, %1)", "true"},
                                         {"b8", "logical_and(%1, %0)", "true"},
                                         {"b8", "logical_or(%0, %1)", "false"},
                                         {"b8", "logical_xor(%0, %1)", "false"},
                                         {"b8", "eq(%0, %1)", "true"},
                                         {"i64", "add(%0, %1)", "0"},
                                         {"i64", "sub(%0, %1)", "0"},
                                         {"u8", "mul(%1, %0)", "1"},
                                         {"f32", "mul(%0, %1)", "1.0"},
                                         {"f32", "div(%0, %1)", "1.0"},
                                         {"f32", "add(%0, %1)", "-0.0"},
                                         {"f32", "sub(%0, %1)", "0.0"},
                                         {"bf16", "mul(%0, %1)", "1.0"}}) {
    const std::string input = hidet::format("input %0: {}[4, 1]\n", c.dtype);
    const std::string call = hidet::format("%1: {0}[] = full() value={1}\n%2: {0}[4, 1] = {2}\n",
                                           c.dtype, c.number, c.call);
    EXPECT_EQ(folded(input + call + "return %2\n"), input + "return %0\n") << c.call;
    // The operand's shape is smaller than the result's.
    const std::string wide = hidet::format(
        "%1: {0}[4, 3] = full() value={1}\n%2: {0}[4, 3] = {2}\n", c.dtype, c.number, c.call);
    EXPECT_EQ(folded(input + wide + "return %2\n"),
              input + hidet::format("%1: {}[4, 3] = expand(%0)\nreturn %1\n", c.dtype))
        << c.call;
  }
}

TEST(FoldConstants, AnnihilatorsAndSelections) {
  const auto result = [](const std::string& dtype, const std::string& lines) {
    return folded("input %0: " + dtype + "[2]\ninput %1: " + dtype + "[2]\n" + lines);
  };
  const std::string inputs = "input %0: b8[2]\ninput %1: b8[2]\n";
  for (const auto& [call, number] : std::vector<std::pair<std::string, std::string>>{
           {"logical_and", "false"}, {"logical_or", "true"}})
    EXPECT_EQ(
        result("b8", "%2: b8[] = full() value=" + number + "\n%3: b8[2] = " + call +
                         "(%0, %2)\nreturn %3\n"),
        inputs + "%2: b8[] = full() value=" + number + "\n%3: b8[2] = expand(%2)\nreturn %3\n");
  for (const char* chosen : {"true", "false"})
    EXPECT_EQ(result("f32", std::string("%2: b8[] = full() value=") + chosen +
                                "\n%3: f32[2] = where(%2, %0, %1)\nreturn %3\n"),
              std::string("input %0: f32[2]\ninput %1: f32[2]\nreturn ") +
                  (std::string(chosen) == "true" ? "%0\n" : "%1\n"));
}

TEST(FoldConstants, WhatChangesNaNOrASignStays) {
  for (const char* call : {"add(%0, %1)", "add(%1, %0)", "mul(%0, %1)", "sub(%1, %0)"})
    expect_unchanged(
        hidet::format("input %0: f32[2]\n%1: f32[] = full() value=0.0\n%2: f32[2] = {}\n"
                      "return %2\n",
                      call));
  expect_unchanged(
      "input %0: f32[2]\n%1: f32[] = full() value=-0.0\n%2: f32[2] = sub(%0, %1)\nreturn %2\n");
  expect_unchanged("input %0: f32[2]\n%1: f32[2] = sub(%0, %0)\nreturn %1\n");
  expect_unchanged("input %0: f32[2]\n%1: b8[2] = eq(%0, %0)\nreturn %1\n");
  expect_unchanged(
      "input %0: f32[2]\n%1: f32[] = full() value=nan\n%2: f32[2] = max(%0, %1)\n"
      "return %2\n");
}

TEST(FoldConstants, AxesOfSymbolsThatOnlyTheCallKnowsToBeEqual) {
  expect_unchanged(
      "symbol s0 in 2..9 by 1 hint 8192  # s0\nsymbol s1 in 2..9 by 1 hint 8192  # s1\n"
      "input %0: i64[s0]\n%1: i64[] = full() value=0\n%2: i64[s1] = add(%0, %1)\n"
      "return %2\n");
}

TEST(FoldConstants, APaddingMaskIsComputedOnceForAllQueries) {
  const std::string text =
      "symbol s0 in 2..512 by 1 hint 8192  # s0\ninput %0: i64[1, s0]\n"
      "%1: b8[1, s0] = cast(%0)\n%2: i64[s0] = iota() start=0 step=1\n"
      "%3: i64[] = full() value=0\n%4: i64[s0] = add(%2, %3)\n%5: i64[1, 1, s0, 1] = reshape(%4)\n"
      "%6: b8[] = full() value=true\n%7: b8[1, 1, s0, 1] = ge(%5, %3)\n"
      "%8: b8[1, 1, s0, 1] = logical_and(%6, %7)\n%9: b8[1, 1, 1, s0] = reshape(%1)\n"
      "%10: b8[1, 1, s0, s0] = logical_and(%8, %9)\n%11: f32[] = full() value=-inf\n"
      "%12: f32[] = full() value=0.0\n%13: f32[1, 1, s0, s0] = where(%10, %12, %11)\n"
      "%14: f32[1, 4, s0, s0] = expand(%13)\nreturn %14\n";
  const Graph before = parse_graph(text), after = eliminate(before);
  EXPECT_EQ(print(after),
            "symbol s0 in 2..512 by 1 hint 8192  # s0\ninput %0: i64[1, s0]\n"
            "%1: b8[1, s0] = cast(%0)\n%2: b8[1, 1, 1, s0] = reshape(%1)\n"
            "%3: f32[] = full() value=-inf\n%4: f32[] = full() value=0.0\n"
            "%5: f32[1, 1, 1, s0] = where(%2, %4, %3)\n"
            "%6: f32[1, 4, s0, s0] = expand(%5)\nreturn %6\n");
  const std::vector<TestTensor> inputs = {tensor(DType::i64, {1, 3}, {1, 1, 0})};
  EXPECT_EQ(GraphEvaluator(after, {3}).run(inputs)[0].elements,
            GraphEvaluator(before, {3}).run(inputs)[0].elements);
}

}  // namespace
}  // namespace hidet
