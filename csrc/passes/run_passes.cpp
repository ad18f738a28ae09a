#include "passes/run_passes.h"

#include "ir/context.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace hidet {

namespace {

std::string& broken_pass() {
  static std::string name;
  return name;
}

Program with_unbound_variable(Program program) {
  Context& context = *program.context;
  const Type type{DType::i64};
  const Expr unbound = context.variable(context.make_var(type, "nothing"));
  Stmt use = context.make(Let{.var = context.make_var(type, "broken"), .value = unbound});
  program.body = context.block({use, program.body});
  return program;
}

std::string listed(const std::vector<std::string>& problems) {
  std::string text = "the verifier finds:";
  for (const std::string& problem : problems) text += "\n  " + problem;
  return text;
}

}  // namespace

PassError::PassError(const std::string& pass, const Program& before, const std::string& what)
    : InternalError(hidet::format("pass {} on {}: {}", pass, before.name, what)),
      pass(pass),
      before(print(before)) {}

Program run_passes(Program program, const std::vector<Pass>& passes, const PassOptions& options) {
  for (const Pass& pass : passes) {
    Program result;
    try {
      result = pass.run(program);
      if (pass.name == broken_pass()) {
        HIDET_ASSERT(options.verify, "broken for a test, and no verifier runs");
        result = with_unbound_variable(std::move(result));
      }
    } catch (const std::exception& error) {
      throw PassError(pass.name, program, error.what());
    }
    if (options.after) options.after(pass.name, result);
    if (options.verify)
      if (const auto found = problems(result); !found.empty())
        throw PassError(pass.name, program, listed(found));
    program = std::move(result);
  }
  return program;
}

void break_pass_for_test(std::string name) {
  broken_pass() = std::move(name);
}

}  // namespace hidet
