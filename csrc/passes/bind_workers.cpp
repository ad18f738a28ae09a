#include "passes/bind_workers.h"

#include "arith/analyzer.h"
#include "ir/visit.h"
#include "passes/refresh.h"

namespace hidet {

namespace {

constexpr int64_t kWarp = 32;

struct Touched {
  bool register_tile = false;  // which threads hold together
  bool memory = false;         // written, and seen by others
};

Touched touched_by(Stmt body) {
  Touched result;
  const auto look = [&](Buffer buffer) {
    result.register_tile = result.register_tile || buffer->mapping.has_value();
  };
  walk(body, [&](Stmt s) {
    if (const auto* n = s.as<Load>()) look(n->buffer);
    if (s.as<Report>()) result.memory = true;
    if (const auto* n = s.as<Instruction>())
      for (const Address& place : n->addresses) look(place.buffer);
    if (const auto* n = s.as<Store>()) {
      look(n->buffer);
      const Scope scope = n->buffer->scope;
      result.memory = result.memory || scope == Scope::global || scope == Scope::shared;
    }
  });
  return result;
}

struct Loop {
  Var var;
  Expr extent;
  ForKind kind;
};

class Binder {
 public:
  explicit Binder(const Program& program)
      : program_(program), context_(*program.context), analyzer_(program) {}

  Program run() {
    Program result = program_;
    result.body = lower(program_.body);
    result.grid = {grid_};
    HIDET_ASSERT(grid_, "program {} has no tasks of blocks", program_.name);
    return result;
  }

 private:
  Stmt lower(Stmt s) {
    if (!s) return s;
    if (const auto* n = s.as<ForTask>()) {
      if (n->scope == WorkerScope::block) return blocks(*n);
      HIDET_ASSERT(n->scope == WorkerScope::thread, "tasks of a {} in a CUDA program",
                   static_cast<int>(n->scope));
      return threads(*n);
    }
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
    if (const auto* n = s.as<Roles>()) {
      Roles roles = *n;
      const Expr all = thread_;
      for (Role& role : roles.roles) {
        thread_ = all - context_.index(role.first * kWarp);
        role.body = lower(role.body);
      }
      thread_ = all;
      return context_.make(std::move(roles));
    }
    // What the block or the role does once.
    if (s.as<Expect>()) return by_first_thread(s);
    if (s.as<Arrive>()) return context_.block({context_.make(Barrier{}), by_first_thread(s)});
    if (const auto* n = s.as<Instruction>(); n && n->name.starts_with("tma_load"))
      return by_first_thread(s);
    return s;
  }
  Stmt by_first_thread(Stmt s) {
    const Expr is_first = context_.call(Function::eq, {thread_, context_.index(0)});
    return context_.make(If{.condition = is_first, .then = s, .otherwise = {}});
  }

  // The axis along which each repeat loop runs, and the loops.
  std::vector<Loop> repeat_loops(const ForTask& node, bool unrolled) {
    std::vector<int> axes;
    for (const auto& factor : node.mapping.factors()) {
      if (factor.kind != FactorKind::repeat) continue;
      for (int axis : factor.order)
        if (!is_constant(factor.shape[axis], 1)) axes.push_back(axis);
    }
    std::vector<Loop> loops;
    for (const Expr extent : node.mapping.repeat_extents()) {
      const bool constant = as_int(extent).has_value();
      loops.push_back({context_.make_var(Type{DType::i64}, node.vars[axes[loops.size()]]->name),
                       extent, unrolled && constant ? ForKind::unrolled : ForKind::serial});
    }
    return loops;
  }
  std::vector<Expr> indices(const std::vector<Loop>& loops) {
    std::vector<Expr> result;
    for (const Loop& loop : loops) result.push_back(context_.variable(loop.var));
    return result;
  }
  Stmt loop_around(const Loop& loop, Stmt body) {
    return context_.make(
        For{.var = loop.var, .extent = loop.extent, .loop = loop.kind, .body = body});
  }

  Stmt blocks(const ForTask& node) {
    HIDET_ASSERT(!grid_, "program {} has several loops over blocks", program_.name);
    const Loop block{context_.make_var(Type{DType::i64}, "block"),
                     analyzer_.simplify(node.mapping.workers()), ForKind::blocks};
    const Loop thread{context_.make_var(Type{DType::i64}, "thread"),
                      context_.index(program_.threads), ForKind::threads};
    grid_ = block.extent;
    thread_ = context_.variable(thread.var);
    const std::vector<Loop> loops = repeat_loops(node, false);
    const std::vector<Expr> task = node.mapping.task(context_.variable(block.var), indices(loops));
    Analyzer::Scope scope(analyzer_);
    analyzer_.bind(block.var, block.extent);
    analyzer_.bind(thread.var, thread.extent);
    for (const Loop& loop : loops) analyzer_.bind(loop.var, loop.extent);
    const std::vector<Expr> shape = node.mapping.task_shape();
    std::vector<Stmt> lets;
    Expr inside;
    for (size_t axis = 0; axis < task.size(); ++axis) {
      const Expr index = analyzer_.simplify(task[axis]);
      lets.push_back(context_.make(Let{.var = node.vars[axis], .value = index}));
      analyzer_.bind(node.vars[axis], shape[axis]);
      if (node.covers.empty() || analyzer_.can_prove_less(index, node.covers[axis])) continue;
      const Expr below = context_.variable(node.vars[axis]) < node.covers[axis];
      analyzer_.assume(below);
      inside = inside ? inside && below : below;
    }
    lets.push_back(when(inside, lower(node.body)));
    Stmt body = context_.block(std::move(lets));
    for (size_t i = loops.size(); i-- > 0;) body = loop_around(loops[i], body);
    return loop_around(block, loop_around(thread, body));
  }

  Stmt when(Expr condition, Stmt then) {
    if (!condition) return then;
    return context_.make(If{.condition = condition, .then = then, .otherwise = {}});
  }

  // That the thread is the first of those which hold copies of its tasks.
  Expr is_first_copy(const Mapping& mapping) {
    Expr first;
    Expr stride = context_.index(1);
    for (size_t f = mapping.factors().size(); f-- > 0;) {
      const Factor<Expr>& factor = mapping.factors()[f];
      if (factor.kind == FactorKind::repeat) continue;
      if (factor.kind == FactorKind::replicate && !is_int(factor.workers, 1)) {
        const Expr digit = thread_ / stride % factor.workers;
        const Expr zero = context_.call(Function::eq, {digit, context_.index(0)});
        first = first ? first && zero : zero;
      }
      stride = stride * factor.workers;
    }
    return first;
  }

  Stmt threads(const ForTask& node) {
    HIDET_ASSERT(thread_, "tasks of threads outside of a block");
    const Touched touched = touched_by(node.body);
    const std::vector<Loop> loops = repeat_loops(node, touched.register_tile);
    std::vector<Expr> task = node.mapping.task(thread_, indices(loops));
    Analyzer::Scope scope(analyzer_);
    for (const Loop& loop : loops) analyzer_.bind(loop.var, loop.extent);
    Substitution values;
    Expr inside = touched.memory ? is_first_copy(node.mapping) : Expr();
    for (size_t axis = 0; axis < task.size(); ++axis) {
      task[axis] = analyzer_.simplify(task[axis]);
      values[node.vars[axis]] = task[axis];
      if (node.covers.empty() || analyzer_.can_prove_less(task[axis], node.covers[axis])) continue;
      const Expr below = task[axis] < node.covers[axis];
      inside = inside ? inside && below : below;
      analyzer_.assume(below);
    }
    Stmt result = when(inside, lower(substitute(node.body, values)));
    for (size_t i = loops.size(); i-- > 0;) result = loop_around(loops[i], result);
    return result;
  }

  const Program& program_;
  Context& context_;
  Analyzer analyzer_;
  Expr thread_, grid_;
};

}  // namespace

Program bind_workers(const Program& program) {
  return Binder(program).run();
}

}  // namespace hidet
