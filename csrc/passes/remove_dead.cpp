#include "passes/remove_dead.h"

#include <unordered_set>

#include "ir/visit.h"

namespace hidet {

namespace {

struct Live {
  std::unordered_set<Var> vars;
  std::unordered_set<Buffer> read;
};

Live live_of(Stmt body) {
  Live live;
  std::unordered_set<const ExprNode*> seen;
  std::function<void(Expr)> look = [&](Expr e) {
    if (!seen.insert(e.get()).second) return;
    if (const auto* n = e.as<Variable>()) live.vars.insert(n->var);
    if (const auto* n = e.as<Element>()) live.read.insert(n->buffer);
    for_each_child(e, look);
  };
  walk(
      body,
      [&](Stmt s) {
        if (const auto* n = s.as<Load>()) live.read.insert(n->buffer);
        if (const auto* n = s.as<Instruction>())
          for (const Address& place : n->addresses) live.read.insert(place.buffer);
      },
      look);
  return live;
}

class Remover : public Rewriter {
 public:
  explicit Remover(Live live) : live_(std::move(live)) {}
  bool changed = false;

 protected:
  Expr on_expr(Expr e) override {
    if (const auto* variable = e.as<Variable>()) {
      auto it = same_.find(variable->var);
      if (it != same_.end()) return it->second;
    }
    return recurse(e);
  }

  Stmt on_stmt(Stmt s) override {
    Stmt result = keep(s);
    if (result != s) changed = true;
    return result;
  }

 private:
  Stmt nothing(Stmt s) { return s.context().block({}); }
  static bool is_empty(Stmt s) {
    const auto* block = s ? s.as<Block>() : nullptr;
    return !s || (block && block->body.empty());
  }

  Stmt keep(Stmt s) {
    if (const auto* n = s.as<Let>()) {
      if (!live_.vars.count(n->var)) return nothing(s);
      const Expr value = rewrite(n->value);
      if (value.as<Variable>() || value.as<Constant>()) {
        same_[n->var] = value;
        return nothing(s);
      }
    }
    if (const auto* n = s.as<Load>())
      if (!live_.vars.count(n->var)) return nothing(s);
    if (const auto* n = s.as<Store>())
      if (is_private(n->buffer) && !live_.read.count(n->buffer)) return nothing(s);
    if (const auto* n = s.as<Allocate>())
      if (is_private(n->buffer) && !live_.read.count(n->buffer)) return nothing(s);
    if (const auto* n = s.as<For>(); n && !is_launch_loop(n->loop)) {
      if (is_int(n->extent, 0)) return nothing(s);
      if (is_int(n->extent, 1)) {
        same_[n->var] = s.context().index(0);
        return rewrite(n->body);
      }
    }
    const Stmt result = recurse(s);
    if (const auto* n = result.as<For>())
      if (is_empty(n->body) && !is_launch_loop(n->loop)) return nothing(s);
    if (const auto* n = result.as<Outline>())
      if (is_empty(n->body)) return nothing(s);
    if (const auto* n = result.as<If>()) {
      if (auto known = as_int(n->condition)) {
        const Stmt taken = *known ? n->then : n->otherwise;
        return taken ? taken : nothing(s);
      }
      if (is_empty(n->then) && is_empty(n->otherwise)) return nothing(s);
      if (n->otherwise && is_empty(n->otherwise)) {
        If node = *n;
        node.otherwise = {};
        return s.context().make(std::move(node));
      }
    }
    return result;
  }
  static bool is_private(Buffer buffer) {
    return buffer->scope == Scope::registers || buffer->scope == Scope::local;
  }

  Live live_;
  Substitution same_;
};

}  // namespace

Program remove_dead(const Program& program) {
  Program result = program;
  for (;;) {
    Remover remover(live_of(result.body));
    result.body = remover.rewrite(result.body);
    if (!remover.changed) return result;
  }
}

}  // namespace hidet
