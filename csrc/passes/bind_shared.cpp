#include "passes/bind_shared.h"

#include <algorithm>

#include "passes/region_tree.h"

namespace hidet {

namespace {

constexpr int kLineHeight = 5;  // an expression nested that deep gets a line of its own

bool is_leaf(Expr e) {
  return e.as<Constant>() || e.as<Variable>();
}

// lane < count: printed in accesses as the count (passes/vectorize.h).
bool is_prefix_mask(Expr e) {
  const auto* call = e.as<Call>();
  return call && call->function == Function::lt && call->args[0].as<Ramp>() &&
         call->args[1].as<Broadcast>();
}

class Binder {
 public:
  explicit Binder(const Program& program) : context_(*program.context), tree_(program) {}

  Stmt run() {
    collect();
    // Parents have higher ids than what they are made of.
    while (!pending_.empty()) {
      auto last = std::prev(pending_.end());
      const Expr e = last->second.expr;
      const std::vector<Place> uses = std::move(last->second.uses);
      pending_.erase(last);
      place(e, uses);
    }
    return rebuild_region(0);
  }

 private:
  struct Pending {
    Expr expr;
    std::vector<Place> uses;
  };
  struct Binding {
    Place place;
    Var var;
  };

  void use(Expr e, Place place) {
    if (!e || is_leaf(e)) return;
    Pending& pending = pending_[e->id];
    pending.expr = e;
    pending.uses.push_back(place);
  }
  void use_children(Expr e, Place place) {
    for_each_child(e, [&](Expr child) { use(child, place); });
  }

  void collect() {
    for (int r = 0; r < tree_.size(); ++r) {
      const auto& list = tree_.region(r).list;
      for (size_t i = 0; i < list.size(); ++i)
        for_each_child(list[i], [&](Expr e) { use(e, {r, static_cast<int>(i)}); }, [](Stmt) {});
    }
  }

  // Operations in e, not counted twice.
  int cost(Expr e) {
    if (is_leaf(e)) return 0;
    auto [it, inserted] = cost_.emplace(e.get(), 0);
    if (!inserted) return it->second;
    int total = e.as<Broadcast>() || e.as<Ramp>() ? 0 : 1;
    for_each_child(e, [&](Expr child) { total += cost(child); });
    return cost_[e.get()] = std::min(total, 1 << 20);
  }

  // Operations on the longest way down.
  int height(Expr e) {
    if (is_leaf(e) || e.as<Element>()) return 0;
    auto [it, inserted] = height_.emplace(e.get(), 0);
    if (!inserted) return it->second;
    int tallest = 0;
    for_each_child(e, [&](Expr child) { tallest = std::max(tallest, height(child)); });
    return height_[e.get()] = tallest + (e.as<Broadcast>() || e.as<Ramp>() ? 0 : 1);
  }

  bool is_tall(Expr e) {
    return is_floating(e.type().dtype) && height(e) > 0 && height(e) % kLineHeight == 0;
  }

  // An index of a few sums and products.
  bool is_short(Expr e) {
    if (is_leaf(e)) return true;
    const auto* call = e.as<Call>();
    if (!call || cost(e) > 2) return false;
    if (call->function != Function::add && call->function != Function::sub &&
        call->function != Function::mul)
      return false;
    return is_short(call->args[0]) && is_short(call->args[1]);
  }

  // Whether evaluating e where the program did not may fail.
  bool may_fail(Expr e) {
    if (is_leaf(e)) return false;
    auto [it, inserted] = may_fail_.emplace(e.get(), false);
    if (!inserted) return it->second;
    bool fails = e.as<Element>() != nullptr;
    if (const auto* call = e.as<Call>(); call && is_integer(e.type().dtype)) {
      switch (call->function) {
        case Function::floordiv:
        case Function::truncdiv:
        case Function::mod:
        case Function::fmod: {
          const auto divisor = as_int(call->args[1]);
          fails = !divisor || *divisor == 0 || *divisor == -1;
          break;
        }
        default:
          break;
      }
    }
    for_each_child(e, [&](Expr child) { fails = fails || may_fail(child); });
    return may_fail_[e.get()] = fails;
  }

  // The innermost region that binds one of its variables.
  int needs(Expr e) {
    if (const auto* variable = e.as<Variable>()) return tree_.bound_in(variable->var);
    auto [it, inserted] = needs_.emplace(e.get(), 0);
    if (!inserted) return it->second;
    int deepest = 0;
    for_each_child(e, [&](Expr child) {
      const int region = needs(child);
      if (tree_.region(region).depth > tree_.region(deepest).depth) deepest = region;
    });
    return needs_[e.get()] = deepest;
  }

  // Written where it is used, however often.
  bool is_inline(Expr e) {
    if (e.as<Broadcast>() || e.as<Ramp>() || is_prefix_mask(e)) return true;
    return is_integer(e.type().dtype) && !e.type().is_vector() && is_short(e);
  }

  void place(Expr e, std::vector<Place> uses) {
    std::sort(uses.begin(), uses.end());
    if (is_inline(e)) {
      for (Place use_place : uses) use_children(e, use_place);
      return;
    }
    int region = uses[0].region;
    for (Place p : uses) region = tree_.common(region, p.region);
    Place first{region, INT32_MAX};
    bool certain = false;  // some use is reached whenever the region is
    for (Place p : uses) {
      first = std::min(first, tree_.lift(p, region));
      certain = certain || is_certain(p.region, region);
    }
    if (may_fail(e) && !certain) return place_apart(e, uses, region);
    const Place outer = hoisted(e, first);
    if (uses.size() == 1 && outer.region == uses[0].region && !is_tall(e)) {
      use_children(e, uses[0]);
      return;
    }
    Var var = context_.make_var(e.type(), name_for(e));
    bindings_[e.get()].push_back({outer, var});
    at_place_[outer].push_back(e);
    use_children(e, outer);
  }

  bool is_certain(int from, int to) const {
    for (; from != to; from = tree_.region(from).parent)
      if (!tree_.region(from).runs) return false;
    return true;
  }

  // One binding for each body below `region`.
  void place_apart(Expr e, const std::vector<Place>& uses, int region) {
    std::map<int, std::vector<Place>> groups;
    for (Place p : uses) {
      int child = p.region;
      while (tree_.region(child).parent != region) child = tree_.region(child).parent;
      groups[child].push_back(p);
    }
    for (auto& [child, group] : groups) place(e, std::move(group));
  }

  // Out of every loop in which e does not change.
  Place hoisted(Expr e, Place at) {
    const int limit = needs(e);
    const bool risky = may_fail(e);
    Place best = at;
    bool certain = true;
    for (Place now = at; now.region != limit;) {
      const Region& region = tree_.region(now.region);
      if (region.kind == RegionKind::outline || region.parent < 0) break;
      certain = certain && region.runs;
      if (risky && !certain) break;
      now = {region.parent, region.position};
      if (region.kind == RegionKind::loop) best = now;
    }
    return best;
  }

  static std::string name_for(Expr e) {
    if (const auto* element = e.as<Element>()) return element->buffer->name;
    if (e.type().dtype == DType::b8) return "c";
    if (is_integer(e.type().dtype)) return e.type().is_vector() ? "n" : "at";
    return "t";
  }

  // e as it is written at a place; `whole`: the value of its own binding.
  Expr written(Expr e, Place place, bool whole, std::unordered_map<const ExprNode*, Expr>& memo) {
    if (is_leaf(e)) return e;
    if (!whole) {
      if (auto it = memo.find(e.get()); it != memo.end()) return it->second;
      if (auto it = bindings_.find(e.get()); it != bindings_.end()) {
        for (const Binding& binding : it->second)
          if (encloses(binding.place, place)) return context_.variable(binding.var);
      }
    }
    const Expr result = rebuild(e, [&](Expr child) { return written(child, place, false, memo); });
    if (!whole) memo[e.get()] = result;
    return result;
  }
  bool encloses(Place outer, Place inner) const {
    while (inner.region != outer.region) {
      const Region& region = tree_.region(inner.region);
      if (region.parent < 0) return false;
      inner = {region.parent, region.position};
    }
    return outer.position <= inner.position;
  }

  Stmt rebuild_region(int index) {
    const Region& region = tree_.region(index);
    std::vector<Stmt> list;
    for (size_t i = 0; i < region.list.size(); ++i) {
      const Place place{index, static_cast<int>(i)};
      std::unordered_map<const ExprNode*, Expr> memo;
      if (auto it = at_place_.find(place); it != at_place_.end()) {
        std::vector<Expr>& values = it->second;
        std::sort(values.begin(), values.end(), [](Expr a, Expr b) { return a->id < b->id; });
        for (Expr e : values) {
          Var var = nullptr;
          for (const Binding& binding : bindings_[e.get()])
            if (binding.place == place) var = binding.var;
          list.push_back(context_.make(Let{.var = var, .value = written(e, place, true, memo)}));
        }
      }
      int which = 0;
      list.push_back(rebuild(
          region.list[i], [&](Expr e) { return written(e, place, false, memo); },
          [&](Stmt) { return rebuild_region(region.nested.at({static_cast<int>(i), which++})); }));
    }
    return context_.block(std::move(list));
  }

  Context& context_;
  RegionTree tree_;
  std::map<uint32_t, Pending> pending_;
  std::unordered_map<const ExprNode*, std::vector<Binding>> bindings_;
  std::map<Place, std::vector<Expr>> at_place_;
  std::unordered_map<const ExprNode*, int> cost_;
  std::unordered_map<const ExprNode*, int> height_;
  std::unordered_map<const ExprNode*, bool> may_fail_;
  std::unordered_map<const ExprNode*, int> needs_;
};

}  // namespace

Program bind_shared(const Program& program) {
  Program result = program;
  result.body = Binder(program).run();
  result.level = Level::target;
  return result;
}

}  // namespace hidet
