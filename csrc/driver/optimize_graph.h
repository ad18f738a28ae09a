// optimize_graph: the graph passes, in order.
#pragma once

#include "graph/graph.h"

namespace hidet {

// round_like_eager: fp16 and bf16 are rounded after each operator.
Graph optimize_graph(Graph graph, bool round_like_eager);

}  // namespace hidet
