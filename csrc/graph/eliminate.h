// eliminate: nodes that nobody reads go, equal nodes become one, and casts and views that undo each
// other vanish.
#pragma once

#include "graph/graph.h"

namespace hidet {

// Calls of ATen stay as they are, read or not. Results keep their values, border values their
// strides.
Graph eliminate(const Graph& graph);

}  // namespace hidet
