#include "schedule/size_binder.h"

#include <numeric>

namespace hidet {

Expr SizeBinder::argument(const SizeExpr& size, const std::string& name) {
  arguments_.push_back(size);
  exprs_.push_back(builder_.size(name));
  return exprs_.back();
}

Expr SizeBinder::argument(const SizeExpr& size, const std::string& name, int64_t most) {
  SizeFacts facts;
  if (const auto constant = size.as_constant()) facts.divisor = std::gcd(*constant, most);
  arguments_.push_back(size);
  exprs_.push_back(builder_.size(name, facts));
  return exprs_.back();
}

Expr SizeBinder::lower(const SizeExpr& size) {
  if (auto constant = size.as_constant()) return builder_.index(*constant);
  return argument(size, "n");
}

}  // namespace hidet
