// Copies of the five programs, each with one mistake: which of them the verifier rejects, which the
// interpreter does, and which give other numbers.
#include <gtest/gtest.h>

#include "interp/programs_for_test.h"
#include "ir/verify.h"

namespace hidet {
namespace {

enum class Seen { verifier, interpreter, numbers };

struct Broken {
  const char* program;
  const char* mistake;
  const char* from;
  const char* to;
  Seen seen;
  const char* message = "";  // a part of it
};

void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.program << ": " << broken.mistake;
}

const Broken kBroken[] = {
    {"matmul_packed", "reads past the panel", "packed[panel, q + :1]", "packed[panel, q + 1 + :1]",
     Seen::interpreter, "out of bounds"},
    {"matmul_packed", "one row too many", "A[first + :7", "A[first + :8", Seen::verifier,
     "do not fit"},
    {"matmul_packed", "operands swapped", "A[first + :8, q + :1] * packed[panel, q + :1]",
     "packed[panel, q + :1] * A[first + :8, q + :1]", Seen::verifier, "do not fit"},
    {"matmul_packed", "sums not cleared", "fill sums = 0", "", Seen::interpreter,
     "nothing has written"},
    {"matmul_packed", "strips of 7 rows taken for 8", "- first == 8", "- first >= 7",
     Seen::numbers},
    {"matmul_packed", "panels overlap", "panel * 48 + :48", "panel * 47 + :48", Seen::numbers},

    {"matmul_simt", "no barrier after a step", "<- next_b\n      barrier", "<- next_b",
     Seen::verifier, "no barrier between"},
    {"matmul_simt", "no barrier before the loop", ":128] by in_b\n    barrier", ":128] by in_b",
     Seen::verifier, "no barrier between"},
    {"matmul_simt", "writes the stage that is read", "copy a[(t + 1) % 2]", "copy a[t % 2]",
     Seen::verifier, "no barrier between"},
    {"matmul_simt", "a third stage of two", "+= a[t % 2]", "+= a[t % 3]", Seen::verifier,
     "reaches past axis 0 of a"},
    {"matmul_simt", "operands swapped", "a[t % 2] * b[t % 2]", "b[t % 2] * a[t % 2]",
     Seen::verifier, "do not fit"},
    {"matmul_simt", "one operand a step behind", "t * 8 + 8 + :8]", "t * 8 + :8]", Seen::numbers},
    {"matmul_simt", "a mapping of half the threads", "repeat(4, 1) * spatial(32, 8)",
     "repeat(8, 1) * spatial(16, 8)", Seen::verifier, "not of 256 threads"},

    {"matmul_multistage", "no wait", "wait cp_async leaving 2\n", "\n", Seen::verifier,
     "no wait between"},
    {"matmul_multistage", "waits for one group too few", "leaving 2", "leaving 3", Seen::verifier,
     "no wait between"},
    {"matmul_multistage", "no barrier", "leaving 2\n      barrier", "leaving 2", Seen::verifier,
     "no barrier between"},
    {"matmul_multistage", "barrier before the wait", "wait cp_async leaving 2\n      barrier",
     "barrier\n      wait cp_async leaving 2", Seen::verifier, "no barrier between"},
    {"matmul_multistage", "writes the stage that is read", "copy a[(t + 3) % 4]",
     "copy a[(t + 4) % 4]", Seen::verifier, "no wait between"},
    {"matmul_multistage", "commits only what is not empty", "}\n      commit cp_async\n      for",
     "commit cp_async\n      }\n      for", Seen::verifier, "no wait between"},
    {"matmul_multistage", "reads past the tile", "in range(2)", "in range(3)", Seen::verifier,
     "reaches past axis 2 of a"},
    {"matmul_multistage", "the same rows of b twice", "b[t % 4, i * 16 + :16]", "b[t % 4, 0 + :16]",
     Seen::numbers},
    {"matmul_multistage", "sums lie as no instruction has them", "spatial(8, 4) * repeat(1, 2)",
     "spatial(4, 8) * repeat(2, 1)", Seen::verifier, "does not lie"},

    {"matmul_wgmma", "no wait for a full stage", "wait full[t % 4] parity t / 4 % 2\n", "\n",
     Seen::verifier, "no wait between"},
    {"matmul_wgmma", "no wait for an empty stage", "wait empty[t % 4] parity (t / 4 + 1) % 2\n",
     "\n", Seen::verifier, "no wait between"},
    {"matmul_wgmma", "wrong phase of empty", "parity (t / 4 + 1) % 2", "parity t / 4 % 2",
     Seen::verifier, "never ends"},
    {"matmul_wgmma", "wrong phase of full", "parity t / 4 % 2", "parity (t / 4 + 1) % 2",
     Seen::verifier, "never ends"},
    {"matmul_wgmma", "hands a stage back too early", "arrive empty[(t - 1) % 4]",
     "arrive empty[t % 4]", Seen::verifier, ""},
    {"matmul_wgmma", "no wait for the last product", "wait wgmma leaving 0\n", "\n", Seen::verifier,
     "no wait between"},
    {"matmul_wgmma", "expects half of the bytes", "bytes 32768", "bytes 16384", Seen::verifier,
     "no wait between"},
    {"matmul_wgmma", "no barrier after the mbarriers are made", "arrivals 1\n    barrier",
     "arrivals 1", Seen::verifier, "no barrier between"},
    {"matmul_wgmma", "both copies signal one stage", "through tma signal full[t % 4]",
     "through tma signal full[0]", Seen::verifier, ""},
    {"matmul_wgmma", "a stage too far ahead", "copy b[t % 4]", "copy b[(t + 1) % 4]",
     Seen::verifier, ""},

    {"attention", "waits for nothing", "leaving 0", "leaving 1", Seen::verifier, "no wait between"},
    {"attention", "no barrier", "leaving 0\n      barrier", "leaving 0", Seen::verifier,
     "no barrier between"},
    {"attention", "keys not transposed", "transpose(k[j % 2, :, d * 16 + :16])",
     "k[j % 2, :, d * 16 + :16]", Seen::verifier, "do not fit"},
    {"attention", "no predicate on the last keys", "where(j * 64 + c < keys, s, -inf)", "s",
     Seen::numbers},
    {"attention", "output not scaled to the new maximum", "o[r, c] * scale[r]", "o[r, c]",
     Seen::numbers},
    {"attention", "statistics with other threads", "spatial(4) * repeat(2) * spatial(8)",
     "spatial(4) * spatial(8) * repeat(2)", Seen::interpreter, "holds"},
    {"attention", "probabilities with other threads", "p: bf16[64, 64] by tile",
     "p: bf16[64, 64] by repeat(1, 32) * spatial(64, 2)", Seen::verifier, "does not lie"},
    {"attention", "next values over those in use", "copy v[(j + 1) % 2]", "copy v[j % 2]",
     Seen::verifier, "no wait between"},
    {"attention", "sum not scaled", "sum[r] * scale[r]", "sum[r]", Seen::numbers},
};

const std::map<std::string, TestSizes> kSizes = {{"matmul_packed", {61, 49, 33}},
                                                 {"matmul_simt", {130, 5, 23}},
                                                 {"matmul_multistage", {17, 19, 200}},
                                                 {"matmul_wgmma", {64, 64, 640}},
                                                 {"attention", {1, 3, 129}}};

class BrokenPrograms : public testing::TestWithParam<Broken> {};

TEST_P(BrokenPrograms, AreSeen) {
  const Broken& broken = GetParam();
  std::string text = program_text(broken.program);
  size_t at = text.find(broken.from);
  ASSERT_NE(at, std::string::npos);
  // Everywhere: a mistake that two branches or operands share.
  const std::string from = broken.from, to = broken.to;
  for (; at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  Context context;
  const Program program = parse(context, text);
  const std::vector<std::string> found = problems(program);
  if (broken.seen == Seen::verifier) {
    ASSERT_FALSE(found.empty());
    EXPECT_NE(found[0].find(broken.message), std::string::npos) << found[0];
    EXPECT_THROW(verify(program), InternalError);
    return;
  }
  EXPECT_EQ(found, std::vector<std::string>());
  const auto run = [&] {
    const TestSizes& sizes = kSizes.at(broken.program);
    return program.name == "attention" ? run_attention(program, sizes) : run_matmul(program, sizes);
  };
  if (broken.seen == Seen::numbers) {
    EXPECT_GT(run(), 1);
    return;
  }
  try {
    run();
    FAIL() << "the interpreter saw nothing";
  } catch (const InterpretError& error) {
    EXPECT_NE(std::string(error.what()).find(broken.message), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(All, BrokenPrograms, testing::ValuesIn(kBroken));

// What the verifier rejects for want of a wait does go wrong: the interpreter raises the alarm,
// too.
TEST(BrokenProgramsRun, InterpreterSeesMissingWaits) {
  for (const Broken& broken : kBroken) {
    if (broken.seen != Seen::verifier) continue;
    const std::string message = broken.message;
    if (message != "no wait between" && message != "never ends") continue;
    SCOPED_TRACE(testing::PrintToString(broken));
    std::string text = program_text(broken.program);
    text.replace(text.find(broken.from), std::string(broken.from).size(), broken.to);
    Context context;
    const Program program = parse(context, text);
    const TestSizes& sizes = kSizes.at(broken.program);
    double error = INFINITY;
    try {
      error =
          program.name == "attention" ? run_attention(program, sizes) : run_matmul(program, sizes);
    } catch (const InterpretError&) {
    }
    EXPECT_GT(error, 1);
  }
}

}  // namespace
}  // namespace hidet
