#include "passes/lower_task_mapping.h"

#include "arith/analyzer.h"
#include "ir/visit.h"
#include "passes/refresh.h"

namespace hidet {

namespace {

bool touches_register_tile(Stmt body) {
  bool found = false;
  const auto look = [&](Buffer buffer) { found = found || (buffer && buffer->mapping); };
  walk(body, [&](Stmt s) {
    if (const auto* n = s.as<Load>()) look(n->buffer);
    if (const auto* n = s.as<Store>()) look(n->buffer);
  });
  return found;
}

struct Loop {
  Var var;
  Expr extent;
  ForKind kind;
};

class Lowering {
 public:
  explicit Lowering(const Program& program) : context_(*program.context), analyzer_(program) {}

  Stmt lower(Stmt s) {
    if (!s) return s;
    if (const auto* n = s.as<ForTask>()) return lower_task(*n);
    if (const auto* n = s.as<For>()) {
      Analyzer::Scope scope(analyzer_);
      analyzer_.bind(n->var, n->extent);
      For loop = *n;
      loop.body = lower(n->body);
      return context_.make(std::move(loop));
    }
    if (const auto* n = s.as<If>()) {
      If node = *n;
      {
        Analyzer::Scope scope(analyzer_);
        analyzer_.assume(n->condition);
        node.then = lower(n->then);
      }
      node.otherwise = lower(n->otherwise);
      return context_.make(std::move(node));
    }
    if (const auto* n = s.as<Block>()) {
      Analyzer::Scope scope(analyzer_);
      std::vector<Stmt> body;
      for (Stmt item : n->body) {
        if (const auto* let = item.as<Let>(); let && is_integer(let->var->type.dtype))
          analyzer_.bind_value(let->var, let->value);
        body.push_back(lower(item));
      }
      return context_.block(std::move(body));
    }
    return rebuild(s, [](Expr e) { return e; }, [this](Stmt child) { return lower(child); });
  }

 private:
  Expr value(Var var) { return context_.variable(var); }
  Expr smaller(Expr a, Expr b) {
    if (analyzer_.can_prove_less_equal(a, b)) return a;
    if (analyzer_.can_prove_less_equal(b, a)) return b;
    return context_.call(Function::min, {a, b});
  }
  Stmt loop_around(const Loop& loop, Stmt body) {
    if (is_int(loop.extent, 0)) return context_.block({});
    if (is_int(loop.extent, 1) && loop.kind != ForKind::parallel)
      return substitute(body, {{loop.var, context_.index(0)}});
    return context_.make(
        For{.var = loop.var, .extent = loop.extent, .loop = loop.kind, .body = body});
  }
  Stmt when(Expr condition, Stmt then, Stmt otherwise = {}) {
    condition = analyzer_.simplify(condition);
    if (auto known = as_int(condition)) return *known ? then : otherwise;
    return context_.make(If{.condition = condition, .then = then, .otherwise = otherwise});
  }

  Stmt lower_task(const ForTask& node) {
    HIDET_ASSERT(node.scope == WorkerScope::core || node.scope == WorkerScope::lane,
                 "a CPU has no such workers");
    return node.scope == WorkerScope::core ? lower_cores(node) : lower_lanes(node);
  }

  // The axis along which each repeat loop runs.
  static std::vector<int> repeat_axes(const Mapping& mapping) {
    std::vector<int> axes;
    for (const auto& factor : mapping.factors()) {
      if (factor.kind != FactorKind::repeat) continue;
      for (int axis : factor.order)
        if (!is_constant(factor.shape[axis], 1)) axes.push_back(axis);
    }
    return axes;
  }

  std::vector<Loop> repeat_loops(const ForTask& node) {
    const bool unrolled = touches_register_tile(node.body);
    const std::vector<int> axes = repeat_axes(node.mapping);
    const std::vector<Expr> extents = node.mapping.repeat_extents();
    std::vector<Loop> loops;
    for (size_t i = 0; i < extents.size(); ++i) {
      const bool constant = as_int(extents[i]).has_value();
      loops.push_back({context_.make_var(Type{DType::i64}, node.vars[axes[i]]->name), extents[i],
                       unrolled && constant ? ForKind::unrolled : ForKind::serial});
    }
    return loops;
  }
  std::vector<Expr> indices(const std::vector<Loop>& loops) {
    std::vector<Expr> result;
    for (const Loop& loop : loops) result.push_back(value(loop.var));
    return result;
  }

  Stmt lower_cores(const ForTask& node) {
    const Loop cores{context_.make_var(Type{DType::i64}, "task"),
                     analyzer_.simplify(node.mapping.workers()), ForKind::parallel};
    std::vector<Loop> loops = repeat_loops(node);
    const std::vector<Expr> task = node.mapping.task(value(cores.var), indices(loops));
    Analyzer::Scope scope(analyzer_);
    analyzer_.bind(cores.var, cores.extent);
    for (const Loop& loop : loops) analyzer_.bind(loop.var, loop.extent);
    const std::vector<Expr> shape = node.mapping.task_shape();
    std::vector<Stmt> body;
    Expr inside = context_.boolean(true);
    for (size_t axis = 0; axis < task.size(); ++axis) {
      const Expr index = analyzer_.simplify(task[axis]);
      body.push_back(context_.make(Let{.var = node.vars[axis], .value = index}));
      analyzer_.bind(node.vars[axis], shape[axis]);
      if (!node.covers.empty() && !analyzer_.can_prove_less(index, node.covers[axis])) {
        inside = inside && value(node.vars[axis]) < node.covers[axis];
        analyzer_.assume(value(node.vars[axis]) < node.covers[axis]);
      }
    }
    body.push_back(when(inside, lower(node.body)));
    Stmt result = context_.block(std::move(body));
    for (size_t i = loops.size(); i-- > 0;) result = loop_around(loops[i], result);
    return loop_around(cores, result);
  }

  Stmt lower_lanes(const ForTask& node) {
    const auto lanes = as_int(node.mapping.workers());
    HIDET_ASSERT(lanes, "a loop over lanes has a constant number of lanes");
    const Loop lane{context_.make_var(Type{DType::i64}, "lane"), context_.index(*lanes),
                    ForKind::vector};
    std::vector<Loop> loops = repeat_loops(node);
    std::vector<Expr> task = node.mapping.task(value(lane.var), indices(loops));
    Analyzer::Scope scope(analyzer_);
    analyzer_.bind(lane.var, lane.extent);
    for (const Loop& loop : loops) analyzer_.bind(loop.var, loop.extent);
    Substitution values;
    for (size_t axis = 0; axis < task.size(); ++axis) {
      task[axis] = analyzer_.simplify(task[axis]);
      values[node.vars[axis]] = task[axis];
    }

    // What covers leaves to test: bounds of loops, a test of all lanes, a partial last vector.
    Expr all_inside = context_.boolean(true);
    Expr partial_index, partial_extent;
    for (size_t axis = 0; axis < node.covers.size(); ++axis) {
      const Expr extent = node.covers[axis];
      if (analyzer_.can_prove_less(task[axis], extent)) continue;
      if (uses(task[axis], lane.var)) {
        HIDET_ASSERT(!partial_index, "lanes lie along one axis");
        partial_index = task[axis], partial_extent = extent;
        continue;
      }
      bool bounded = false;
      for (Loop& loop : loops) {
        if (task[axis] != value(loop.var) || loop.kind == ForKind::unrolled) continue;
        loop.extent = smaller(loop.extent, extent);
        bounded = true;
      }
      if (!bounded) all_inside = all_inside && task[axis] < extent;
    }

    const Stmt vector = [&] {
      Analyzer::Scope inner(analyzer_);
      return loop_around(lane, lower(substitute(node.body, values)));
    }();
    Stmt result;
    if (!partial_index) {
      result = vector;
    } else {
      const Affine index = Affine::of(partial_index);
      const Affine base = index - Affine::atom(value(lane.var), Type{DType::i64});
      if (base.contains(value(lane.var))) {
        // Not side by side: each lane is tested.
        result = tested(lane, partial_index < partial_extent, node.body, values);
      } else {
        const Expr count = partial_extent - base.expression(context_);
        if (!loops.empty() && loops.back().kind == ForKind::serial &&
            base.coefficient_of(value(loops.back().var)).is_constant(*lanes)) {
          result = split_last(lane, loops.back(), base, partial_extent, vector, node.body, values);
          loops.pop_back();
        } else {
          const Expr full = context_.index(*lanes) <= count;
          const Stmt rest = tested(lane, value(lane.var) < count, node.body, values);
          result = when(full, vector, when(context_.index(0) < count, rest));
        }
      }
    }
    result = when(all_inside, result);
    for (size_t i = loops.size(); i-- > 0;) result = loop_around(loops[i], result);
    return result;
  }

  // The body in a copy of its own, each lane under a condition.
  Stmt tested(const Loop& lane, Expr condition, Stmt body, const Substitution& values) {
    Loop copy = lane;
    copy.var = context_.make_var(lane.var->type, lane.var->name);
    const Substitution rename = {{lane.var, value(copy.var)}};
    Substitution all = values;
    for (auto& [var, e] : all) e = substitute(e, rename);
    Stmt inner = lower(refresh(body, all));
    inner = context_.make(
        If{.condition = substitute(condition, rename), .then = inner, .otherwise = {}});
    return loop_around(copy, inner);
  }

  // Whole vectors in a loop, then what is left. index = base + lane, base = lanes * loop.var +
  // start.
  Stmt split_last(const Loop& lane, Loop loop, const Affine& base, Expr extent, Stmt vector,
                  Stmt body, const Substitution& values) {
    const int64_t lanes = *as_int(lane.extent);
    const Affine start = base.substitute(value(loop.var), Affine::constant(Type{DType::i64}, 0));
    const Expr zero = context_.index(0);
    const Expr room = analyzer_.simplify(extent - start.expression(context_));  // of all vectors
    Expr whole = analyzer_.simplify(room / lanes);
    Expr left = context_.boolean(true);  // that there is a partial vector at all
    if (!analyzer_.can_prove_less_equal(zero, room)) {
      left = left && zero < room;
      whole = context_.call(Function::max, {whole, zero});
    }
    if (!analyzer_.can_prove_less_equal(room, loop.extent * lanes)) {
      left = left && room < loop.extent * lanes;
      whole = context_.call(Function::min, {whole, loop.extent});
    }
    const Expr count = analyzer_.simplify(room - whole * lanes);
    const Stmt whole_vectors = loop_around({loop.var, whole, loop.kind}, vector);
    Substitution last = values;
    for (auto& [var, e] : last) e = substitute(e, {{loop.var, whole}});
    const Stmt rest = tested(lane, value(lane.var) < count, body, last);
    return context_.block({whole_vectors, when(left && zero < count, rest)});
  }

  Context& context_;
  Analyzer analyzer_;
};

}  // namespace

Program lower_task_mapping(const Program& program) {
  Program result = program;
  result.body = Lowering(program).lower(program.body);
  return result;
}

}  // namespace hidet
