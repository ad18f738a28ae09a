// SizeBinder: the sizes of a problem as expressions of a kernel, and the arguments that this takes.
#pragma once

#include "base/size_expr.h"
#include "ir/builder.h"

namespace hidet {

class SizeBinder {
 public:
  explicit SizeBinder(Builder& builder) : builder_(builder) {}

  // A new argument, even when the size is a constant or one asked for before: the text must not
  // depend on which sizes happen to be equal, so that one kernel serves all.
  Expr argument(const SizeExpr& size, const std::string& name);
  // One whose text may depend on how far `most`, a power of two, divides it.
  Expr argument(const SizeExpr& size, const std::string& name, int64_t most);
  // A constant is written into the text; anything else is an argument, one each time.
  Expr lower(const SizeExpr& size);

  // Parallel to the program's sizes.
  const std::vector<SizeExpr>& arguments() const { return arguments_; }

 private:
  Builder& builder_;
  std::vector<SizeExpr> arguments_;
  std::vector<Expr> exprs_;
};

}  // namespace hidet
