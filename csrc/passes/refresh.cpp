#include "passes/refresh.h"

#include "passes/replace_buffers.h"

namespace hidet {

namespace {

class Refresher : public BufferRewriter {
 public:
  Refresher(Context& context, const Substitution& values)
      : BufferRewriter(context), values_(values) {}

 protected:
  Buffer replacement(Buffer buffer) override {
    auto it = buffers_.find(buffer);
    return it == buffers_.end() ? buffer : it->second;
  }

  Expr on_expr(Expr e) override {
    if (const auto* variable = e.as<Variable>()) {
      auto it = values_.find(variable->var);
      return it == values_.end() ? e : it->second;
    }
    return BufferRewriter::on_expr(e);
  }

  // Binders stand before uses, and each is bound once: the memo stays valid.
  Stmt on_stmt(Stmt s) override {
    if (const auto* n = s.as<Let>()) {
      Let let = *n;
      let.value = rewrite(n->value);
      let.var = fresh(n->var);
      return context_.make(std::move(let));
    }
    if (const auto* n = s.as<Exchange>()) {
      Exchange exchange = *n;
      exchange.value = rewrite(n->value);
      exchange.var = fresh(n->var);
      return context_.make(std::move(exchange));
    }
    if (const auto* n = s.as<Load>()) {
      Load load = *BufferRewriter::on_stmt(s).as<Load>();
      load.var = fresh(n->var);
      return context_.make(std::move(load));
    }
    if (const auto* n = s.as<For>()) {
      For loop = *n;
      loop.extent = rewrite(n->extent);
      loop.var = fresh(n->var);
      loop.body = rewrite(n->body);
      return context_.make(std::move(loop));
    }
    if (const auto* n = s.as<ForTask>()) {
      ForTask loop = *n;
      for (Var& var : loop.vars) var = fresh(var);
      loop.covers = rewrite_all(n->covers);
      loop.body = rewrite(n->body);
      return context_.make(std::move(loop));
    }
    if (const auto* n = s.as<Allocate>()) {
      buffers_[n->buffer] = context_.make_buffer(*n->buffer);
      return BufferRewriter::on_stmt(s);
    }
    return BufferRewriter::on_stmt(s);
  }

 private:
  Var fresh(Var var) {
    Var copy = context_.make_var(var->type, var->name);
    values_[var] = context_.variable(copy);
    return copy;
  }

  Substitution values_;
  std::unordered_map<Buffer, Buffer> buffers_;
};

}  // namespace

Stmt refresh(Stmt s, const Substitution& values) {
  return s ? Refresher(s.context(), values).rewrite(s) : s;
}

}  // namespace hidet
