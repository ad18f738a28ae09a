// merge_matmuls: products of one operand with several constant matrices become one product.
#pragma once

#include "graph/graph.h"

namespace hidet {

// x w1, x w2, ... -> slices of x [w1 w2 ...], where the w are weights, or views and conversions of
// weights: one pass over x, one launch, and larger panels. Results stay free values; what follows
// them reads its slice. A constant vector added to each (a bias) is joined, too, and added once.
Graph merge_matmuls(const Graph& graph);

}  // namespace hidet
