// run_passes: passes one after the other, each watched: a pass that fails or breaks the program is
// named, with the program that it was given.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ir/program.h"

namespace hidet {

struct Pass {
  std::string name;
  std::function<Program(const Program&)> run;
};

// Called after each pass with its name and what it made: dumps, times.
using PassHook = std::function<void(std::string_view pass, const Program& program)>;

#ifdef NDEBUG
inline constexpr bool kVerifyPasses = false;
#else
inline constexpr bool kVerifyPasses = true;
#endif

struct PassOptions {
  PassHook after;
  bool verify = kVerifyPasses;  // what each pass makes
};

// A bug of ours in a pass. The message names the pass and says what is wrong.
class PassError : public InternalError {
 public:
  PassError(const std::string& pass, const Program& before, const std::string& what);
  std::string pass;
  std::string before;  // the program that the pass was given, as text
};

// Throws PassError for what a pass throws, and for what the verifier says of its result.
Program run_passes(Program program, const std::vector<Pass>& passes,
                   const PassOptions& options = {});

// Fault injection, for tests of what happens then: from now on the pass of this name makes a
// program that uses a variable which nothing binds. Empty: no pass does.
void break_pass_for_test(std::string name);

}  // namespace hidet
