// eliminate: nodes that nobody reads go, equal nodes become one, casts and views that undo each
// other vanish, and so does arithmetic that numbers and ranges of integers decide. What has the
// same elements along an axis is computed once and expanded.
#pragma once

#include "graph/graph.h"

namespace hidet {

// Calls of ATen stay as they are, read or not. Results keep their values, border values their
// strides.
Graph eliminate(const Graph& graph);

}  // namespace hidet
