#include "passes/scoped_rewriter.h"

namespace hidet {

void ScopedRewriter::assume_not(Expr condition) {
  const auto* call = condition.as<Call>();
  if (!call || call->args.size() != 2) return;
  const Expr a = call->args[0], b = call->args[1];
  if (!is_integer(a.type().dtype)) return;
  switch (call->function) {
    case Function::lt:
      return analyzer_.assume(b <= a);
    case Function::le:
      return analyzer_.assume(b < a);
    case Function::gt:
      return analyzer_.assume(a <= b);
    case Function::ge:
      return analyzer_.assume(a < b);
    default:
      return;
  }
}

Stmt ScopedRewriter::on_stmt(Stmt s) {
  return recurse_scoped(s);
}

Stmt ScopedRewriter::recurse_scoped(Stmt s) {
  if (const auto* n = s.as<For>()) {
    For loop = *n;
    loop.extent = rewrite(n->extent);
    Analyzer::Scope scope(analyzer_);
    analyzer_.bind(n->var, n->extent);
    clear_memo();
    loop.body = rewrite(n->body);
    clear_memo();
    return context_.make(std::move(loop));
  }
  if (const auto* n = s.as<If>()) {
    If node = *n;
    node.condition = rewrite(n->condition);
    {
      Analyzer::Scope scope(analyzer_);
      analyzer_.assume(n->condition);
      clear_memo();
      node.then = rewrite(n->then);
    }
    if (n->otherwise) {
      Analyzer::Scope scope(analyzer_);
      assume_not(n->condition);
      clear_memo();
      node.otherwise = rewrite(n->otherwise);
    }
    clear_memo();
    return context_.make(std::move(node));
  }
  if (const auto* n = s.as<Block>()) {
    Analyzer::Scope scope(analyzer_);
    std::vector<Stmt> body;
    for (Stmt item : n->body) {
      if (const auto* let = item.as<Let>(); let && is_integer(let->var->type.dtype))
        analyzer_.bind_value(let->var, let->value);
      body.push_back(rewrite(item));
    }
    return context_.block(std::move(body));
  }
  return BufferRewriter::on_stmt(s);
}

}  // namespace hidet
