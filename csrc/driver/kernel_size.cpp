#include "driver/kernel_size.h"

#include "ir/context.h"

namespace hidet {

SizeExpr kernel_size(const Program& program, Expr e) {
  if (auto constant = as_int(e)) return SizeExpr(*constant);
  if (const auto* variable = e.as<Variable>()) {
    for (size_t i = 0; i < program.sizes.size(); i++)
      if (program.sizes[i].var == variable->var) return SizeExpr::symbol(static_cast<int>(i));
    HIDET_UNREACHABLE("size '{}' is no argument of {}", variable->var->name, program.name);
  }
  if (const auto* cast = e.as<Cast>()) return kernel_size(program, cast->value);
  const auto* call = e.as<Call>();
  HIDET_ASSERT(call && call->args.size() == 2, "a launch size of {} is no arithmetic",
               program.name);
  SizeExpr a = kernel_size(program, call->args[0]), b = kernel_size(program, call->args[1]);
  switch (call->function) {
    case Function::add:
      return a + b;
    case Function::sub:
      return a - b;
    case Function::mul:
      return a * b;
    case Function::floordiv:
      return floordiv(a, b);
    case Function::mod:
      return mod(a, b);
    case Function::min:
    case Function::min_fast:
      return min(a, b);
    case Function::max:
    case Function::max_fast:
      return max(a, b);
    default:
      HIDET_UNREACHABLE("a launch size uses {}", name_of(call->function));
  }
}

}  // namespace hidet
