#include "emit/launch_size.h"

#include "ir/visit.h"

namespace hidet {

namespace {

class AsSize : public Rewriter {
 protected:
  Expr on_expr(Expr e) override {
    e = recurse(e);
    const auto* call = e.as<Call>();
    if (!call) return e;
    const auto with = [&](Function function) { return e.context().call(function, call->args); };
    switch (call->function) {
      case Function::truncdiv:
        return with(Function::floordiv);
      case Function::fmod:
        return with(Function::mod);
      case Function::min_fast:
        return with(Function::min);
      case Function::max_fast:
        return with(Function::max);
      default:
        return e;
    }
  }
};

}  // namespace

Expr launch_size(Expr e) {
  return AsSize().rewrite(e);
}

}  // namespace hidet
