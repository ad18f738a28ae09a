// Reductions that keep the last axis, or that reduce several axes: the general case beside rowwise.
//
// A task owns a stretch of the last kept axis (its lanes) or one result, and walks the reduced axes
// in order. Few results over many elements are split: a first kernel reduces equal pieces of the
// outermost reduced axis into a workspace, a second adds the pieces up in order, so that the result
// depends on neither the number of threads nor their timing.
#pragma once

#include "schedule/rowwise.h"

namespace hidet {

struct ReduceProblem {
  std::vector<SizeExpr> kept;     // axes of the result
  std::vector<SizeExpr> reduced;  // outermost first; not empty
  bool lanes_on_kept = true;  // vectors along the last kept axis, else along the last reduced one
  RowReduction reduction;
  DType result = DType::f32;  // of the value handed to site "out"
};

// Sites: read "value" [kept..., reduced...], rowwise "result" [kept...] + the total,
// store "out" [kept...].
Result<KernelSequence> reduce_columns(const ReduceProblem& problem, const Target& target);

}  // namespace hidet
