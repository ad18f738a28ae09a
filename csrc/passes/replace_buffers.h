// BufferRewriter: replaces buffers, and the indices at which they are accessed, in programs with no
// tile statements.
#pragma once

#include "ir/visit.h"

namespace hidet {

class BufferRewriter : public Rewriter {
 public:
  explicit BufferRewriter(Context& context) : context_(context) {}

 protected:
  // What stands for `buffer`; the buffer itself to keep it.
  virtual Buffer replacement(Buffer buffer) = 0;
  // The index into the replacement; `index` is rewritten already.
  virtual std::vector<Expr> reindex(Buffer, std::vector<Expr> index) { return index; }

  Expr on_expr(Expr e) override;
  Stmt on_stmt(Stmt s) override;
  std::vector<Expr> rewrite_all(const std::vector<Expr>& list);

  Context& context_;
};

}  // namespace hidet
