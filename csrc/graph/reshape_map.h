// Indices of one shape as indices of another with the same elements in row-major order.
#pragma once

#include <functional>
#include <vector>

#include "base/size_expr.h"
#include "ir/expr.h"

namespace hidet {

using LowerSize = std::function<Expr(const SizeExpr&)>;

// The index in `to` of the element at `index` in `from`. Shapes are matched in groups of axes of
// one product, so that axes which are merely renamed keep their index, whatever the symbols are;
// only inside a group is the index linearised and split again. `index` is not empty unless `from`
// is.
std::vector<Expr> reshape_index(const std::vector<SizeExpr>& from, const std::vector<SizeExpr>& to,
                                const std::vector<Expr>& index, Expr zero, const LowerSize& size);

}  // namespace hidet
