#include "passes/vectorize.h"

#include <unordered_set>

#include "passes/scoped_rewriter.h"

namespace hidet {

namespace {

class Vectorizer : public ScopedRewriter {
 public:
  using ScopedRewriter::ScopedRewriter;

 protected:
  Stmt on_stmt(Stmt s) override {
    const auto* loop = s.as<For>();
    if (!loop || loop->loop != ForKind::vector) return recurse_scoped(s);
    const auto extent = as_int(loop->extent);
    HIDET_ASSERT(extent && !lane_, "a loop over lanes has a constant extent and no other inside");
    Analyzer::Scope scope(analyzer_);
    analyzer_.bind(loop->var, loop->extent);
    lane_ = loop->var;
    lanes_ = static_cast<int>(*extent);
    varying_vars_ = {lane_};
    forget();
    const Stmt result = widen(loop->body, {});
    lane_ = nullptr;
    return result;
  }

 private:
  void forget() {
    varying_.clear();
    widened_.clear();
  }

  bool varying(Expr e) {
    if (!e) return false;
    auto [it, inserted] = varying_.emplace(e.get(), false);
    if (!inserted) return it->second;
    const auto* variable = e.as<Variable>();
    bool found = variable && varying_vars_.count(variable->var);
    for_each_child(e, [&](Expr child) { found = found || varying(child); });
    return varying_[e.get()] = found;
  }

  // lane * stride + base, both the same in all lanes.
  bool linear(const Affine& affine, Expr* base, Expr* stride) {
    const Expr lane = context_.variable(lane_);
    if (affine.overflowed() || affine.degree(lane) != 1) return false;
    const Affine at_zero = affine.substitute(lane, Affine::constant(affine.type(), 0));
    *base = at_zero.expression(context_);
    *stride = affine.coefficient_of(lane).expression(context_);
    return !varying(*base) && !varying(*stride);
  }

  // The mask of the first `count` lanes, or null when the comparison a < b is not of that kind.
  Expr prefix_mask(Expr a, Expr b) {
    if (a.type() != Type{DType::i64}) return {};
    Expr base, stride;
    if (!linear(Affine::of(b) - Affine::of(a), &base, &stride) || !is_int(stride, -1)) return {};
    Expr count = analyzer_.simplify(base);
    const Expr zero = context_.index(0), all = context_.index(lanes_);
    if (!analyzer_.can_prove_less_equal(count, all))
      count = context_.call(Function::min, {count, all});
    if (!analyzer_.can_prove_less_equal(zero, count))
      count = context_.call(Function::max, {count, zero});
    const Type i32{DType::i32};
    const Expr lane = context_.ramp(context_.constant(i32, int64_t{0}),
                                    context_.constant(i32, int64_t{1}), lanes_);
    const Expr mask = lane < context_.broadcast(context_.cast(DType::i32, count), lanes_);
    counts_[mask.get()] = base;
    return mask;
  }

  Expr vector(Expr e) { return e ? context_.broadcast(e, lanes_) : e; }

  // e for all lanes at once: a vector when it depends on the lane, else as it is. Reads under a
  // mask are appended to `before`.
  Expr widen(Expr e, Expr mask, std::vector<Stmt>& before) {
    if (!e || !varying(e)) return e;
    if (auto it = widened_.find(e.get()); it != widened_.end()) return it->second;
    return widened_[e.get()] = widen_anew(e, mask, before);
  }
  Expr widen_anew(Expr e, Expr mask, std::vector<Stmt>& before) {
    if (is_integer(e.type().dtype)) {
      Expr base, stride;
      if (linear(Affine::of(e), &base, &stride))
        return context_.ramp(analyzer_.simplify(base), stride, lanes_);
    }
    const auto below = [&](Expr child) { return widen(child, mask, before); };
    switch (e.kind()) {
      case ExprKind::Variable:
        return vectors_.at(e.as<Variable>()->var);
      case ExprKind::Cast:
        return context_.cast(e.type().dtype, below(e.as<Cast>()->value));
      case ExprKind::Call: {
        const Call& call = *e.as<Call>();
        const bool less = call.function == Function::lt, less_equal = call.function == Function::le;
        if (less || less_equal || call.function == Function::gt || call.function == Function::ge) {
          Expr a = call.args[0], b = call.args[1];
          if (!less && !less_equal) std::swap(a, b);
          const bool or_equal = less_equal || call.function == Function::ge;
          if (is_integer(a.type().dtype))
            if (Expr prefix = prefix_mask(a, or_equal ? b + 1 : b)) return prefix;
        }
        std::vector<Expr> args;
        for (Expr arg : call.args) args.push_back(below(arg));
        return context_.call(call.function, std::move(args));
      }
      case ExprKind::Element: {
        const Element& element = *e.as<Element>();
        const Expr index = below(element.index[0]);
        if (!mask) return context_.element(element.buffer, {index});
        Load load;
        load.var = context_.make_var(e.type().with_lanes(lanes_), element.buffer->name);
        load.buffer = element.buffer;
        load.index = {index};
        load.mask = mask;
        load.otherwise = context_.constant(load.var->type, int64_t{0});
        const Var var = load.var;
        before.push_back(context_.make(std::move(load)));
        return context_.variable(var);
      }
      default:
        HIDET_UNREACHABLE("{} in a loop over lanes", name_of(e.kind()));
    }
  }

  // The mask of an access: where it may be done.
  Expr both(Expr a, Expr b) {
    if (!a || !b) return a ? a : b;
    return context_.call(Function::logical_and, {vector(a), vector(b)});
  }

  Stmt with(std::vector<Stmt> before, Stmt s) {
    before.push_back(s);
    return context_.block(std::move(before));
  }
  Var bind_vector(Var var) {
    Var wide = context_.make_var(var->type.with_lanes(lanes_), var->name);
    varying_vars_.insert(var);
    vectors_[var] = context_.variable(wide);
    varying_.clear();
    return wide;
  }

  Stmt widen(Stmt s, Expr mask) {
    std::vector<Stmt> before;
    const auto up = [&](Expr e) { return widen(e, mask, before); };
    switch (s.kind()) {
      case StmtKind::Block: {
        Analyzer::Scope scope(analyzer_);
        std::vector<Stmt> body;
        Substitution numbers;
        for (Stmt item : s.as<Block>()->body) {
          if (!numbers.empty()) item = substitute(item, numbers);
          if (const auto* let = item.as<Let>(); let && is_integer(let->var->type.dtype)) {
            // What depends on the lane is seen through: an index may be linear in it.
            if (varying(let->value)) {
              numbers[let->var] = let->value;
              continue;
            }
            analyzer_.bind_value(let->var, let->value);
          }
          body.push_back(widen(item, mask));
        }
        return context_.block(std::move(body));
      }
      case StmtKind::Let: {
        Let node = *s.as<Let>();
        if (!varying(node.value)) return s;
        node.value = up(node.value);
        node.var = bind_vector(node.var);
        return with(std::move(before), context_.make(std::move(node)));
      }
      case StmtKind::Load: {
        Load node = *s.as<Load>();
        const bool registers = node.buffer->scope == Scope::registers;
        if (!varying(node.index[0]) && !varying(node.mask) && !varying(node.otherwise)) return s;
        node.index[0] = vector(up(node.index[0]));
        node.mask = node.mask ? vector(up(node.mask)) : node.mask;
        if (!registers) node.mask = both(node.mask, mask);
        node.otherwise = node.otherwise ? vector(up(node.otherwise)) : node.otherwise;
        node.var = bind_vector(node.var);
        if (node.mask && !node.otherwise)
          node.otherwise = context_.constant(node.var->type, int64_t{0});
        return with(std::move(before), context_.make(std::move(node)));
      }
      case StmtKind::Store: {
        Store node = *s.as<Store>();
        if (!varying(node.index[0]) && !varying(node.value) && !varying(node.mask)) return s;
        // One element for all lanes: at most one of them is active, as where an axis that always
        // has one element is spread over lanes.
        node.index[0] = vector(up(node.index[0]));
        node.value = vector(up(node.value));
        node.mask = both(node.mask ? vector(up(node.mask)) : node.mask, mask);
        return with(std::move(before), context_.make(std::move(node)));
      }
      case StmtKind::For: {
        For node = *s.as<For>();
        HIDET_ASSERT(!varying(node.extent), "lanes loop a different number of times");
        Analyzer::Scope scope(analyzer_);
        analyzer_.bind(node.var, node.extent);
        widened_.clear();
        node.body = widen(node.body, mask);
        widened_.clear();
        return context_.make(std::move(node));
      }
      case StmtKind::If:
        return with(std::move(before), widen_if(*s.as<If>(), mask));
      case StmtKind::Report: {
        Report node = *s.as<Report>();
        if (!varying(node.condition)) return s;
        node.condition =
            context_.call(Function::any_lanes, {both(vector(up(node.condition)), mask)});
        return with(std::move(before), context_.make(std::move(node)));
      }
      case StmtKind::Allocate:
        return s;
      default:
        HIDET_UNREACHABLE("{} in a loop over lanes", name_of(s.kind()));
    }
  }

  Stmt widen_if(const If& node, Expr mask) {
    std::vector<Stmt> list;
    const bool varies = varying(node.condition);
    const Expr condition = widen(node.condition, mask, list);
    const auto branch = [&](Stmt body, bool holds) {
      const Expr own =
          holds || !varies ? condition : context_.call(Function::logical_not, {condition});
      const Expr active = varies ? both(own, mask) : mask;
      const Expr some = varies ? some_lane(active) : Expr();  // before the condition is assumed
      Analyzer::Scope scope(analyzer_);
      if (holds) analyzer_.assume(node.condition);
      if (!holds) assume_not(node.condition);
      widened_.clear();
      const Stmt result = body ? widen(body, active) : body;
      widened_.clear();
      return some ? context_.make(If{.condition = some, .then = result, .otherwise = {}}) : result;
    };
    if (!varies) {
      If result = node;
      result.then = branch(node.then, true);
      result.otherwise = branch(node.otherwise, false);
      list.push_back(context_.make(std::move(result)));
    } else {
      list.push_back(branch(node.then, true));
      if (node.otherwise) list.push_back(branch(node.otherwise, false));
    }
    widened_.clear();
    return context_.block(std::move(list));
  }
  // Whether any lane is active; null when that is known. Scalar reads rely on it.
  Expr some_lane(Expr mask) {
    auto prefix = counts_.find(mask.get());
    if (prefix == counts_.end()) return context_.call(Function::any_lanes, {mask});
    const Expr zero = context_.index(0);
    return analyzer_.can_prove_less(zero, prefix->second) ? Expr() : zero < prefix->second;
  }

  Var lane_ = nullptr;
  int lanes_ = 0;
  std::unordered_set<Var> varying_vars_;
  Substitution vectors_;
  std::unordered_map<const ExprNode*, bool> varying_;
  std::unordered_map<const ExprNode*, Expr> widened_;
  std::unordered_map<const ExprNode*, Expr> counts_;  // of the masks of first lanes, not clamped
};

}  // namespace

Program vectorize(const Program& program) {
  Program result = program;
  result.body = Vectorizer(program).rewrite(program.body);
  return result;
}

}  // namespace hidet
