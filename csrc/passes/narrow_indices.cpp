#include "passes/narrow_indices.h"

#include "ir/visit.h"
#include "passes/index_bound.h"

namespace hidet {

namespace {

class Narrower : public Rewriter {
 public:
  explicit Narrower(const Program& program)
      : context_(*program.context), program_(program), bounds_(program) {}

  Program run() {
    std::vector<Stmt> body;
    for (const SizeParam& size : program_.sizes) {
      const Var narrow = context_.make_var(Type{DType::i32}, size.var->name);
      body.push_back(context_.make(
          Let{.var = narrow, .value = context_.cast(DType::i32, context_.variable(size.var))}));
      narrowed_[size.var] = context_.variable(narrow);
    }
    body.push_back(rewrite(program_.body));
    Program result = program_;
    result.body = context_.block(std::move(body));
    return result;
  }

 protected:
  // Of the type that it had: an index is widened again.
  Expr on_expr(Expr e) override {
    if (bounds_.is_index(e)) return context_.cast(DType::i64, narrow(e));
    if (const auto* element = e.as<Element>())
      return context_.element(element->buffer, indices(element->index));
    if (const auto* cast = e.as<Cast>(); cast && bounds_.is_index(cast->value))
      return context_.cast(cast->type.dtype, narrow(cast->value));
    if (const auto* call = e.as<Call>(); call && compares(*call))
      return context_.call(call->function, {narrow(call->args[0]), narrow(call->args[1])});
    return recurse(e);
  }

  Stmt on_stmt(Stmt s) override {
    if (const auto* n = s.as<Let>()) {
      if (n->var->type.dtype != DType::i64 || !bounds_.is_index(n->value)) return recurse(s);
      const Expr value = narrow(n->value);
      return context_.make(Let{.var = narrow_var(n->var), .value = value});
    }
    if (const auto* n = s.as<For>()) {
      For loop = *n;
      if (bounds_.is_index(n->extent)) {
        loop.extent = narrow(n->extent);
        loop.var = narrow_var(n->var);
      } else {
        loop.extent = rewrite(n->extent);
      }
      loop.body = rewrite(n->body);
      return context_.make(std::move(loop));
    }
    if (const auto* n = s.as<Load>()) {
      Load load = *n;
      load.index = indices(n->index);
      load.mask = rewrite(n->mask);
      load.otherwise = rewrite(n->otherwise);
      return context_.make(std::move(load));
    }
    if (const auto* n = s.as<Store>()) {
      Store store = *n;
      store.index = indices(n->index);
      store.value = rewrite(n->value);
      store.mask = rewrite(n->mask);
      return context_.make(std::move(store));
    }
    if (const auto* n = s.as<Instruction>()) {
      Instruction instruction = *n;
      for (Address& address : instruction.addresses) address.index = indices(address.index);
      for (Expr& value : instruction.values) value = rewrite(value);
      return context_.make(std::move(instruction));
    }
    return recurse(s);
  }

 private:
  bool compares(const Call& call) {
    return call.type.dtype == DType::b8 && call.args.size() == 2 &&
           bounds_.is_index(call.args[0]) && bounds_.is_index(call.args[1]);
  }
  Var narrow_var(Var var) {
    const Var narrow = context_.make_var(var->type.with_dtype(DType::i32), var->name);
    narrowed_[var] = context_.variable(narrow);
    return narrow;
  }
  std::vector<Expr> indices(const std::vector<Expr>& list) {
    std::vector<Expr> result;
    for (Expr e : list) result.push_back(bounds_.is_index(e) ? narrow(e) : rewrite(e));
    return result;
  }

  // An index in 32 bits.
  Expr narrow(Expr e) {
    if (const auto* variable = e.as<Variable>()) {
      const auto it = narrowed_.find(variable->var);
      HIDET_ASSERT(it != narrowed_.end(), "{} is used where it is not bound", variable->var->name);
      return it->second;
    }
    if (auto it = memo_.find(e.get()); it != memo_.end()) return it->second;
    Expr result;
    if (const auto* constant = e.as<Constant>()) {
      result = context_.constant(Type{DType::i32}, constant->as_int());
    } else if (const auto* ramp = e.as<Ramp>()) {
      result = context_.ramp(narrow(ramp->base), narrow(ramp->stride), e.type().lanes);
    } else if (const auto* broadcast = e.as<Broadcast>()) {
      result = context_.broadcast(narrow(broadcast->value), e.type().lanes);
    } else {
      const Call& call = *e.as<Call>();
      std::vector<Expr> args;
      for (Expr arg : call.args) args.push_back(bounds_.is_index(arg) ? narrow(arg) : rewrite(arg));
      result = context_.call(call.function, std::move(args));
    }
    return memo_[e.get()] = result;
  }

  Context& context_;
  const Program& program_;
  IndexBounds bounds_;
  Substitution narrowed_;
  std::unordered_map<const ExprNode*, Expr> memo_;
};

}  // namespace

Program narrow_indices(const Program& program) {
  return Narrower(program).run();
}

}  // namespace hidet
