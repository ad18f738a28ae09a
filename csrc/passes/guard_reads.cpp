#include "passes/guard_reads.h"

#include <unordered_set>

#include "ir/visit.h"

namespace hidet {

namespace {

class Guard {
 public:
  explicit Guard(Context& context) : context_(context) {}

  Stmt rewrite(Stmt s) {
    std::vector<Stmt> before;
    free_.clear();
    for_each_child(s, [&](Expr e) { collect_free(e); }, [](Stmt) {});
    guarded_.clear();
    const Stmt changed = rebuild(
        s, [&](Expr e) { return guard(e, context_.boolean(true), before); },
        [](Stmt child) { return child; });
    // The nested statements come last: they use the same tables.
    const Stmt whole =
        rebuild(changed, [](Expr e) { return e; }, [&](Stmt child) { return rewrite(child); });
    before.push_back(whole);
    return context_.block(std::move(before));
  }

 private:
  // Elements that are read whatever the conditions are.
  void collect_free(Expr e) {
    if (!free_.insert(e.get()).second) return;
    if (const auto* call = e.as<Call>(); call && call->function == Function::where) {
      collect_free(call->args[0]);
      return;
    }
    for_each_child(e, [&](Expr child) { collect_free(child); });
  }

  bool has_guarded(Expr e) {
    auto [it, inserted] = has_guarded_.emplace(e.get(), false);
    if (!inserted) return it->second;
    bool found = e.as<Element>() && !free_.count(e.get());
    for_each_child(e, [&](Expr child) { found = found || has_guarded(child); });
    return has_guarded_[e.get()] = found;
  }

  // e, which is used where `condition` holds.
  Expr guard(Expr e, Expr condition, std::vector<Stmt>& before) {
    has_guarded_.clear();
    return guard_below(e, condition, before);
  }
  Expr guard_below(Expr e, Expr condition, std::vector<Stmt>& before) {
    if (!has_guarded(e)) return e;
    const auto key = std::make_pair(e.get(), condition.get());
    if (auto it = guarded_.find(key); it != guarded_.end()) return it->second;
    return guarded_[key] = guard_anew(e, condition, before);
  }
  Expr guard_anew(Expr e, Expr condition, std::vector<Stmt>& before) {
    if (const auto* call = e.as<Call>(); call && call->function == Function::where) {
      const Expr test = guard_below(call->args[0], condition, before);
      const Expr yes = guard_below(call->args[1], condition && test, before);
      const Expr no = guard_below(
          call->args[2], condition && context_.call(Function::logical_not, {test}), before);
      // The read itself is zero where it does not read.
      if (otherwise_.count(yes.get()) && otherwise_[yes.get()] == no) return yes;
      return context_.call(Function::where, {test, yes, no});
    }
    const Expr changed =
        rebuild(e, [&](Expr child) { return guard_below(child, condition, before); });
    const auto* element = changed.as<Element>();
    if (!element || free_.count(e.get())) return changed;
    Var var = context_.make_var(element->type, element->buffer->name);
    const Expr zero = context_.constant(element->type, int64_t{0});
    otherwise_[context_.variable(var).get()] = zero;
    before.push_back(context_.make(Load{.var = var,
                                        .buffer = element->buffer,
                                        .index = element->index,
                                        .mask = condition,
                                        .otherwise = zero}));
    return context_.variable(var);
  }

  Context& context_;
  std::unordered_set<const ExprNode*> free_;
  std::unordered_map<const ExprNode*, bool> has_guarded_;
  std::unordered_map<const ExprNode*, Expr> otherwise_;  // of the variables of guarded reads
  struct PairHash {
    size_t operator()(const std::pair<const ExprNode*, const ExprNode*>& p) const {
      return p.first->hash * 31 + p.second->hash;
    }
  };
  std::unordered_map<std::pair<const ExprNode*, const ExprNode*>, Expr, PairHash> guarded_;
};

}  // namespace

Program guard_reads(const Program& program) {
  Program result = program;
  if (program.body) result.body = Guard(*program.context).rewrite(program.body);
  return result;
}

}  // namespace hidet
