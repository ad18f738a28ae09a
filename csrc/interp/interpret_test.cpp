#include "interp/interpret.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ir/builder.h"
#include "ir/parse.h"

namespace hidet {
namespace {

// Runs a program of one size n and one buffer x; its elements after it.
struct Ran {
  HostArray x;
  hidet::Outcome outcome;
  std::string error;
};
Ran run(const std::string& body, HostArray x, int64_t n = 8, const char* shape = "n",
        const char* target = "cpu") {
  Context context;
  const Program program =
      parse(context, std::string("program p target ") + target + " threads 4\nsize n\nglobal x: " +
                         std::string(name_of(x.dtype)) + "[" + shape + "]\n{\n" + body + "\n}");
  Ran result{std::move(x), {}, {}};
  Bindings bindings;
  bindings.sizes["n"] = n;
  bindings.buffers["x"] = &result.x;
  try {
    result.outcome = interpret(program, bindings);
  } catch (const InterpretError& error) {
    result.error = error.what();
  }
  return result;
}
HostArray counting(int64_t n) {
  std::vector<double> values;
  for (int64_t i = 0; i < n; ++i) values.push_back(static_cast<double>(i));
  return HostArray::of(DType::f32, values);
}
std::vector<double> values(const Ran& run) {
  EXPECT_EQ(run.error, "");
  std::vector<double> result;
  for (size_t i = 0; i < run.x.values.size(); ++i)
    result.push_back(run.x.written[i] ? run.x.at(static_cast<int64_t>(i)) : NAN);
  return result;
}
using Values = std::vector<double>;

TEST(Interpret, VectorsAreLaneByLane) {
  // A strided gather, a contiguous masked store.
  const Ran result =
      run("let even = x[ramp(0, 2, 4)]\n"
          "x[ramp(4, 1, 4)] = even * broadcast(10.0, 4) masked ramp(0, 1, 4) < broadcast(3, 4)\n"
          "x[0] = sum_lanes(even)",
          counting(8));
  EXPECT_EQ(values(result), (Values{12, 1, 2, 3, 0, 20, 40, 7}));
}

TEST(Interpret, MaskedLanesReadNothing) {
  const Ran result = run(
      "let v = x[ramp(6, 1, 4)] masked ramp(6, 1, 4) < broadcast(n, 4) else broadcast(-1.0, 4)\n"
      "x[ramp(0, 1, 4)] = v",
      counting(8));
  EXPECT_EQ(values(result), (Values{6, 7, -1, -1, 4, 5, 6, 7}));
}

TEST(Interpret, LoopsTasksAndConditions) {
  const Ran result =
      run("for core (i) in repeat(2) * spatial(4) covers (n - 1) {\n"
          "  if i % 2 == 0 { x[i] = f32(i) * 2.0 } else { x[i] = -1.0 }\n}\n"
          "report n > 7 code 3",
          HostArray::unwritten(DType::f32, 8));
  EXPECT_EQ(result.outcome.status, 3);
  const Values got = values(result);
  EXPECT_EQ(Values(got.begin(), got.begin() + 7), (Values{0, -1, 4, -1, 8, -1, 12}));
  EXPECT_TRUE(std::isnan(got[7])) << "covers leaves it out";
}

TEST(Interpret, LayoutsAreWhereElementsLie) {
  Context context;
  const Program program = parse(context, R"(program p target cpu
size n
global x: f32[2, 3] layout(2: 2@1, 3: 3@2)
{
  for i in range(2) { for j in range(3) { x[i, j] = f32(i * 3 + j) } }
})");
  HostArray x = HostArray::unwritten(DType::f32, 6);
  Bindings bindings;
  bindings.sizes["n"] = 1;
  bindings.buffers["x"] = &x;
  interpret(program, bindings);
  for (int64_t at = 0; at < 6; ++at) EXPECT_EQ(x.at(at), static_cast<double>(at % 2 * 3 + at / 2));
}

TEST(Interpret, TileStatements) {
  const Ran result =
      run("allocate local t: f32[2, 3]\nallocate local sums: f32[3]\n"
          "fill t = 1\nfill t[1, 1 + :2] = 5\n"
          "reduce sum sums <- t axis 0\ncopy x[:3] <- sums\n"
          "reduce max x[3 + :2] <- t axis 1\n"
          "allocate local s: f32[2, 2]\nfill s = 0\nmma s += t * transpose(t)\n"
          "x[5] = s[0, 1]\nx[6] = s[1, 1]\nx[7] = s[0, 0]",
          HostArray::unwritten(DType::f32, 8));
  EXPECT_EQ(values(result), (Values{2, 6, 6, 1, 5, 11, 51, 3}));
}

TEST(Interpret, WhatHasNoMeaningIsAnError) {
  const auto error = [](const std::string& body, const char* target = "cpu") {
    return run(body, HostArray::unwritten(DType::f32, 8), 8, "n", target).error;
  };
  EXPECT_EQ(error("let v = x[3]"),
            "element 3 of x is read, which nothing has written in: let v = x[3]");
  EXPECT_EQ(error("x[n] = 1"), "x[8] is out of bounds: the shape is [8] in: x[n] = 1.0");
  EXPECT_NE(error("let v = n / (n - 8)").find("floordiv of i64 has no value"), std::string::npos);
  EXPECT_NE(error("allocate barrier b[] arrivals 1\nwait b parity 0", "sm_90a").find("never ends"),
            std::string::npos);
  EXPECT_NE(error("allocate registers r: f32[4] by spatial(4)\nfill r = 0\n"
                  "for thread (i) in spatial(4) { x[i] = r[3 - i] }",
                  "sm_90a")
                .find("thread 0 uses r[3], which thread 3 holds"),
            std::string::npos);
}

// Two roles hand a number to and fro; each waits for the other.
TEST(Interpret, RolesTakeTurns) {
  const Ran result =
      run("allocate barrier there[] arrivals 1\nallocate barrier back[] arrivals 1\n"
          "allocate shared s: f32[1]\nroles {\n"
          "  ping warps 0 .. 1 { for i in range(4) { wait back parity (i + 1) % 2\n"
          "    s[0] = f32(i)\narrive there } }\n"
          "  pong warps 1 .. 2 { for i in range(4) { wait there parity i % 2\n"
          "    x[i] = s[0] * 10.0\narrive back } }\n}",
          HostArray::unwritten(DType::f32, 4), 4, "n", "sm_90a");
  EXPECT_EQ(values(result), (Values{0, 10, 20, 30}));
}

// A product in the sum is squared again and again: without sharing 2^64 steps.
TEST(Interpret, SharedExpressionsAreEvaluatedOnce) {
  Context context;
  Builder b(context, "shared", "cpu");
  Buffer x = b.argument("x", Scope::global, DType::f32, {b.index(1)});
  Expr v = b.constant(DType::f32, 1) + context.cast(DType::f32, b.size("n"));
  for (int i = 0; i < 64; ++i) v = (v + v) * b.constant(DType::f32, 0.5);
  b.store(x, {b.index(0)}, v);
  const Program program = b.finish();
  HostArray array = HostArray::unwritten(DType::f32, 1);
  Bindings bindings;
  bindings.sizes["n"] = 2;
  bindings.buffers["x"] = &array;
  interpret(program, bindings);
  EXPECT_EQ(array.at(0), 3);
}

TEST(Interpret, SizesKeepTheirFacts) {
  Context context;
  const Program program = parse(context, "program p target cpu\nsize n upper 4 divisor 2\n{ }");
  Bindings bindings;
  for (auto [n, fits] : {std::pair<int64_t, bool>{2, true}, {3, false}, {6, false}}) {
    bindings.sizes["n"] = n;
    if (fits)
      EXPECT_NO_THROW(interpret(program, bindings));
    else
      EXPECT_THROW(interpret(program, bindings), InterpretError);
  }
}

}  // namespace
}  // namespace hidet
