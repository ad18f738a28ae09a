// optimize_graph: the graph passes, in order.
#pragma once

#include "graph/graph.h"

namespace hidet {

Graph optimize_graph(Graph graph);

}  // namespace hidet
