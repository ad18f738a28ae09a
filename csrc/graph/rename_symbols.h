// rename_symbols: a graph over other symbols.
#pragma once

#include "graph/graph.h"

namespace hidet {

// Symbol i is `names[i]` wherever a size is written; `symbols` and `arguments` stay as they are.
Graph rename_symbols(Graph graph, const std::vector<SizeExpr>& names);

}  // namespace hidet
