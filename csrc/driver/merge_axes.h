// merge_axes: trailing axes of a pointwise kernel's domain that can be walked as one.
//
// Why: the last axis is the one in vectors, and images have short ones. [n, c, 14, 14] walked as
// [n, c, 196] fills whole vectors, and what depends on c alone is computed once for all 196.
#pragma once

#include "driver/fill.h"

namespace hidet {

// The number of trailing axes of the outputs' common domain, at least 1, in whose joint index every
// access to memory is affine, without a quotient or a remainder.
int mergeable_axes(const FillContext& fill, const std::vector<ValueId>& outputs);

// `extents` with the last `count` of them as one.
std::vector<SizeExpr> merge_axes(std::vector<SizeExpr> extents, int count);

// The index into `extents`, of one into merge_axes(extents, count).
std::vector<Expr> split_index(const std::vector<SizeExpr>& extents, int count,
                              std::vector<Expr> index);

}  // namespace hidet
