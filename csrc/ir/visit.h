// Walking and rewriting, derived from the fields of each node.
#pragma once

#include <functional>
#include <unordered_map>

#include "ir/context.h"

namespace hidet {

// Calls f(const Node&) with the node as its own struct.
template <class F>
decltype(auto) dispatch(Expr e, F&& f) {
  switch (e.kind()) {
#define HIDET_EXPR(Name) \
  case ExprKind::Name:   \
    return f(static_cast<const Name&>(*e.get()));
#include "ir/nodes.def"
  }
  HIDET_UNREACHABLE("expression kind {}", static_cast<int>(e.kind()));
}
template <class F>
decltype(auto) dispatch(Stmt s, F&& f) {
  switch (s.kind()) {
#define HIDET_STMT(Name) \
  case StmtKind::Name:   \
    return f(static_cast<const Name&>(*s.get()));
#include "ir/nodes.def"
  }
  HIDET_UNREACHABLE("statement kind {}", static_cast<int>(s.kind()));
}

std::string_view name_of(ExprKind kind);
std::string_view name_of(StmtKind kind);

// The node's direct sub-expressions, in field order; nulls are left out.
void for_each_child(Expr e, const std::function<void(Expr)>& f);
// Direct sub-expressions (those of tiles and mappings too) and sub-statements, in field order.
void for_each_child(Stmt s, const std::function<void(Expr)>& on_expr,
                    const std::function<void(Stmt)>& on_stmt);

// The node with each direct child replaced; the node itself when none changed.
Expr rebuild(Expr e, const std::function<Expr(Expr)>& f);
Stmt rebuild(Stmt s, const std::function<Expr(Expr)>& on_expr,
             const std::function<Stmt(Stmt)>& on_stmt);

// Visits e and all below it once each, parents first.
void walk(Expr e, const std::function<void(Expr)>& visit);
// Visits s and all statements below it in order, parents first, and every expression in them (each
// statement's expressions whole: visit is called on the roots, walk(Expr) goes below).
void walk(Stmt s, const std::function<void(Stmt)>& on_stmt,
          const std::function<void(Expr)>& on_root = nullptr);

// A pass: override the kinds of interest, call recurse() for the rest. Expressions are memoised, so
// an override for expressions must not depend on where they stand; clear_memo() when it does.
class Rewriter {
 public:
  virtual ~Rewriter() = default;
  Expr rewrite(Expr e);
  Stmt rewrite(Stmt s) { return s ? on_stmt(s) : s; }

 protected:
  virtual Expr on_expr(Expr e) { return recurse(e); }
  virtual Stmt on_stmt(Stmt s) { return recurse(s); }
  Expr recurse(Expr e);
  Stmt recurse(Stmt s);
  void clear_memo() { memo_.clear(); }

 private:
  std::unordered_map<const ExprNode*, Expr> memo_;
};

// Variables replaced by expressions; vector values widen what they are in.
using Substitution = std::unordered_map<Var, Expr>;
Expr substitute(Expr e, const Substitution& values);
Stmt substitute(Stmt s, const Substitution& values);

// Whether a variable occurs in e.
bool uses(Expr e, Var var);

}  // namespace hidet
