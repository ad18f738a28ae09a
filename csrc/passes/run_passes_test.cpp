#include "passes/run_passes.h"

#include <gtest/gtest.h>

#include "ir/parse.h"
#include "ir/print.h"

namespace hidet {
namespace {

constexpr const char* kText = R"(program p target cpu
size n
global y: f32[n]
{
  for core (i) in spatial(n) {
    y[i] = 1.0
  }
}
)";

Program same(const Program& program) {
  return program;
}
// Drops the loop around what uses its index.
Program without_the_loop(Program program) {
  program.body = program.body.as<ForTask>()->body;
  return program;
}

PassError error_of(const std::vector<Pass>& passes, const PassOptions& options) {
  Context context;
  try {
    run_passes(parse(context, kText), passes, options);
  } catch (const PassError& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return PassError("none", parse(context, kText), "");
}

TEST(RunPasses, WhatBreaksAProgramIsNamedWithTheProgramBefore) {
  std::vector<std::string> seen;
  const PassOptions options{
      .after = [&](std::string_view pass, const Program&) { seen.emplace_back(pass); },
      .verify = true};
  const PassError error =
      error_of({{"first", same}, {"second", without_the_loop}, {"third", same}}, options);
  EXPECT_EQ(error.pass, "second");
  EXPECT_EQ(error.before, kText);
  EXPECT_NE(std::string(error.what()).find("pass second on p"), std::string::npos);
  EXPECT_NE(std::string(error.what()).find("i is not bound"), std::string::npos) << error.what();
  EXPECT_EQ(seen, (std::vector<std::string>{"first", "second"}));
}

TEST(RunPasses, WhatAPassThrowsIsNamed) {
  for (const bool verify : {false, true}) {
    const Pass asserts{"asserts", [](const Program&) -> Program {
                         HIDET_UNREACHABLE("an invariant of {}", "ours");
                       }};
    EXPECT_NE(std::string(error_of({asserts}, {.after = nullptr, .verify = verify}).what())
                  .find("an invariant of ours"),
              std::string::npos);
    const Pass fails{"fails", [](const Program& program) {
                       std::map<int, Program>().at(3);
                       return program;
                     }};
    EXPECT_EQ(error_of({{"first", same}, fails}, {.after = nullptr, .verify = verify}).pass,
              "fails");
  }
}

TEST(RunPasses, WithoutTheVerifierAProgramIsTakenAsItIs) {
  Context context;
  const PassOptions options{.after = nullptr, .verify = false};
  const Program result = run_passes(parse(context, kText), {{"second", without_the_loop}}, options);
  EXPECT_EQ(print(result).find("for core"), std::string::npos);
}

TEST(RunPasses, FaultInjection) {
  break_pass_for_test("second");
  const PassError error = error_of({{"first", same}, {"second", same}}, {nullptr, true});
  break_pass_for_test("");
  EXPECT_EQ(error.pass, "second");
  Context context;
  EXPECT_NO_THROW(run_passes(parse(context, kText), {{"second", same}}, {nullptr, true}));
}

}  // namespace
}  // namespace hidet
