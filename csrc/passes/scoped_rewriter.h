// ScopedRewriter: a pass that knows, at each statement, what holds there.
#pragma once

#include "arith/analyzer.h"
#include "passes/replace_buffers.h"

namespace hidet {

// Binds loop variables and Lets, and assumes conditions, for as long as they are in scope. Calls
// clear_memo where knowledge changes if results of on_expr depend on it.
class ScopedRewriter : public BufferRewriter {
 public:
  explicit ScopedRewriter(const Program& program)
      : BufferRewriter(*program.context), analyzer_(program) {}

 protected:
  Buffer replacement(Buffer buffer) override { return buffer; }
  Stmt on_stmt(Stmt s) override;
  // The statement with its direct expressions rewritten, its nested statements in their scopes.
  Stmt recurse_scoped(Stmt s);
  void assume_not(Expr condition);

  Analyzer analyzer_;
};

}  // namespace hidet
