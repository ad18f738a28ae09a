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
    for_each_child(
        s,
        [&](Expr e) {
          for (Expr node : needed(e)) free_.insert(node.get());
        },
        [](Stmt) {});
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
  // Whether an index may depend on the test: it compares integers. One that compares what was
  // computed chooses between values; both exist. Guarding by it, too, would read an element once
  // for each way through a chain of activations.
  bool bounds_an_index(Expr test) {
    auto [it, inserted] = bounds_an_index_.emplace(test.get(), false);
    if (!inserted) return it->second;
    const auto* call = test.as<Call>();
    bool found = call && test.type().dtype == DType::b8 && call->args[0].type().dtype == DType::i64;
    for_each_child(test, [&](Expr child) { found = found || bounds_an_index(child); });
    return bounds_an_index_[test.get()] = found;
  }
  // A `where` whose branches are read only where its test says so.
  const Call* guarding(Expr e) {
    const auto* call = e.as<Call>();
    const bool guards = call && call->function == Function::where && bounds_an_index(call->args[0]);
    return guards ? call : nullptr;
  }

  using Nodes = std::vector<Expr>;

  // Below e, in the order of a walk: what is evaluated wherever e is. Of a guarding `where`, what
  // its test needs, and what both of its branches need.
  const Nodes& needed(Expr e) {
    if (auto it = needed_.find(e.get()); it != needed_.end()) return it->second;
    Nodes nodes{e};
    std::unordered_set<const ExprNode*> seen{e.get()};
    const auto add = [&](const Nodes& more) {
      for (Expr node : more)
        if (seen.insert(node.get()).second) nodes.push_back(node);
    };
    if (const Call* call = guarding(e)) {
      add(needed(call->args[0]));
      add(needed_by_both(call->args[1], call->args[2]));
    } else {
      for_each_child(e, [&](Expr child) { add(needed(child)); });
    }
    return needed_[e.get()] = std::move(nodes);
  }
  Nodes needed_by_both(Expr a, Expr b) {
    std::unordered_set<const ExprNode*> other;
    for (Expr node : needed(b)) other.insert(node.get());
    Nodes nodes;
    for (Expr node : needed(a))
      if (other.count(node.get())) nodes.push_back(node);
    return nodes;
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
  // Where `narrower` conditions hold, e is what it is where `condition` holds.
  void share(Expr e, Expr condition, std::initializer_list<Expr> narrower,
             std::vector<Stmt>& before) {
    const Expr guarded = guard_below(e, condition, before);
    for (Expr narrow : narrower) guarded_[{e.get(), narrow.get()}] = guarded;
  }
  Expr guard_anew(Expr e, Expr condition, std::vector<Stmt>& before) {
    if (const Call* call = guarding(e)) {
      const Expr test = guard_below(call->args[0], condition, before);
      const Expr if_so = condition && test;
      const Expr if_not = condition && context_.call(Function::logical_not, {test});
      for (Expr node : needed_by_both(call->args[1], call->args[2]))
        share(node, condition, {if_so, if_not}, before);
      for (Expr node : needed(call->args[0])) share(node, condition, {if_so, if_not}, before);
      const Expr yes = guard_below(call->args[1], if_so, before);
      const Expr no = guard_below(call->args[2], if_not, before);
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
  std::unordered_map<const ExprNode*, bool> bounds_an_index_;
  std::unordered_map<const ExprNode*, Nodes> needed_;
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
