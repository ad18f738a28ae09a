// The five programs by which the IR was judged: each is read, printed back, verified and computes
// the right numbers at sizes that divide nothing.
#include <gtest/gtest.h>

#include "interp/programs_for_test.h"
#include "ir/equal.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace hidet {
namespace {

struct Case {
  const char* name;
  std::vector<TestSizes> sizes;
};

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.name;
}

class Programs : public testing::TestWithParam<Case> {};

TEST_P(Programs, PrintsBack) {
  Context context, other;
  const std::string text = program_text(GetParam().name);
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 100);
  EXPECT_EQ(text.find("threadIdx"), std::string::npos);
  const Program program = parse(context, text);
  const std::string printed = print(program);
  const Program again = parse(other, printed);
  EXPECT_TRUE(equal(program, again)) << printed;
  EXPECT_EQ(print(again), printed);
}

TEST_P(Programs, ComputesTheRightNumbers) {
  Context context;
  const Program program = parse(context, program_text(GetParam().name));
  for (const TestSizes& sizes : GetParam().sizes) {
    SCOPED_TRACE(testing::PrintToString(sizes));
    if (program.name == "attention") {
      EXPECT_LE(run_attention(program, sizes), 1);
      EXPECT_LE(run_attention(program, sizes, true), 1) << "causal";
    } else {
      EXPECT_LE(run_matmul(program, sizes), 1);
      EXPECT_LE(run_matmul(program, sizes, true), 1) << "workers in the opposite order";
    }
  }
}

TEST_P(Programs, Verifies) {
  Context context;
  const Program program = parse(context, program_text(GetParam().name));
  EXPECT_EQ(problems(program), std::vector<std::string>());
  Program printed = parse(context, print(program));
  EXPECT_EQ(problems(printed), std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(
    All, Programs,
    testing::Values(Case{"matmul_packed", {{57, 50, 5}, {49, 1, 1}, {64, 96, 17}, {61, 47, 33}}},
                    Case{"matmul_simt", {{1, 1, 1}, {128, 128, 16}, {130, 5, 23}, {7, 131, 8}}},
                    Case{"matmul_multistage",
                         {{1, 1, 1}, {129, 3, 31}, {5, 130, 97}, {17, 19, 200}}},
                    Case{"matmul_wgmma", {{1, 1, 1}, {3, 129, 65}, {130, 2, 330}, {64, 64, 640}}},
                    Case{"attention", {{1, 1, 1}, {2, 65, 3}, {1, 3, 129}, {1, 70, 192}}}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace hidet
