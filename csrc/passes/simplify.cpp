#include "passes/simplify.h"

#include "arith/analyzer.h"
#include "ir/visit.h"

namespace hidet {

namespace {

// Null stands for a statement that does nothing.
class SimplifyProgram {
 public:
  explicit SimplifyProgram(const Program& program)
      : context_(*program.context), analyzer_(program) {}

  Stmt run(Stmt s) {
    if (!s) return s;
    switch (s.kind()) {
      case StmtKind::Block:
        return block(*s.as<Block>());
      case StmtKind::Let:
        return let(*s.as<Let>());
      case StmtKind::Load:
        return load(*s.as<Load>());
      case StmtKind::Store:
        return store(*s.as<Store>());
      case StmtKind::For:
        return loop(*s.as<For>());
      case StmtKind::ForTask:
        return task_loop(s, *s.as<ForTask>());
      case StmtKind::If:
        return branch(*s.as<If>());
      case StmtKind::Report:
        return report(*s.as<Report>());
      default:
        return rebuild(
            s, [this](Expr e) { return simple(e); }, [this](Stmt child) { return nested(child); });
    }
  }
  Stmt nested(Stmt s) {
    Analyzer::Scope scope(analyzer_);
    Stmt result = run(s);
    return result ? result : context_.block({});
  }

 private:
  Expr simple(Expr e) { return e ? analyzer_.simplify(e) : e; }
  std::vector<Expr> simple(const std::vector<Expr>& list) {
    std::vector<Expr> result;
    for (Expr e : list) result.push_back(simple(e));
    return result;
  }
  static bool is_empty(Stmt s) {
    if (!s) return true;
    const auto* block = s.as<Block>();
    return block && block->body.empty();
  }

  Stmt block(const Block& node) {
    Analyzer::Scope scope(analyzer_);
    std::vector<Stmt> body;
    for (Stmt s : node.body)
      if (Stmt result = run(s); !is_empty(result)) body.push_back(result);
    return body.empty() ? Stmt() : context_.block(std::move(body));
  }

  Stmt let(Let node) {
    node.value = simple(node.value);
    if (is_floating(node.var->type.dtype)) return context_.make(node);
    analyzer_.bind_value(node.var, node.value);
    // The analyzer puts such a value in the place of the variable.
    bool is_plain = as_int(node.value) || node.value.kind() == ExprKind::Variable;
    return is_plain && node.value.type() == node.var->type ? Stmt() : context_.make(node);
  }

  Stmt load(Load node) {
    node.index = simple(node.index);
    node.mask = simple(node.mask);
    node.otherwise = simple(node.otherwise);
    if (node.mask && is_int(node.mask, 0)) {
      Let value;
      value.var = node.var;
      value.value = node.otherwise;
      return let(std::move(value));
    }
    if (node.mask && is_int(node.mask, 1)) node.mask = node.otherwise = Expr();
    return context_.make(std::move(node));
  }

  Stmt store(Store node) {
    node.index = simple(node.index);
    node.value = simple(node.value);
    node.mask = simple(node.mask);
    if (node.mask && is_int(node.mask, 0)) return {};
    if (node.mask && is_int(node.mask, 1)) node.mask = Expr();
    return context_.make(std::move(node));
  }

  Stmt report(Report node) {
    node.condition = simple(node.condition);
    return is_int(node.condition, 0) ? Stmt() : context_.make(node);
  }

  Stmt loop(For node) {
    node.extent = simple(node.extent);
    auto extent = as_int(node.extent);
    if (extent && *extent <= 0) return {};
    Analyzer::Scope scope(analyzer_);
    analyzer_.bind(node.var, node.extent);
    node.body = run(node.body);
    // The variable of a single iteration has become 0. A loop of the launch stays.
    if (is_empty(node.body) || (extent == 1 && !is_launch_loop(node.loop))) return node.body;
    return context_.make(std::move(node));
  }

  Stmt task_loop(Stmt s, const ForTask& node) {
    Stmt outside = rebuild(s, [this](Expr e) { return simple(e); }, [](Stmt body) { return body; });
    ForTask result = *outside.as<ForTask>();
    Analyzer::Scope scope(analyzer_);
    std::vector<Expr> shape = node.mapping.task_shape();
    for (size_t axis = 0; axis < node.vars.size(); axis++)
      analyzer_.bind(node.vars[axis], simple(shape[axis]));
    for (size_t axis = 0; axis < result.covers.size(); axis++)
      analyzer_.assume(context_.variable(node.vars[axis]) < result.covers[axis]);
    result.body = nested(node.body);
    return is_empty(result.body) ? Stmt() : context_.make(std::move(result));
  }

  Stmt branch(If node) {
    node.condition = simple(node.condition);
    if (auto decided = as_int(node.condition)) return run(*decided ? node.then : node.otherwise);
    Expr negated = simple(context_.call(Function::logical_not, {node.condition}));
    {
      Analyzer::Scope scope(analyzer_);
      analyzer_.assume(node.condition);
      node.then = run(node.then);
    }
    {
      Analyzer::Scope scope(analyzer_);
      analyzer_.assume(negated);
      node.otherwise = run(node.otherwise);
    }
    if (is_empty(node.otherwise)) node.otherwise = Stmt();
    if (is_empty(node.then)) {
      if (!node.otherwise) return {};
      std::swap(node.then, node.otherwise);
      node.otherwise = Stmt();
      node.condition = negated;
    }
    return context_.make(std::move(node));
  }

  Context& context_;
  Analyzer analyzer_;
};

}  // namespace

Program simplify(const Program& program) {
  Program result = program;
  result.body = SimplifyProgram(program).nested(program.body);
  return result;
}

}  // namespace hidet
