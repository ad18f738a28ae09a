#include "driver/optimize_graph.h"

#include "graph/eliminate.h"
#include "graph/keep_wide.h"
#include "graph/merge_matmuls.h"

namespace hidet {

Graph optimize_graph(Graph graph, bool round_like_eager) {
  graph = eliminate(graph);
  // After common subexpressions are one: siblings are recognised by their operand.
  graph = merge_matmuls(graph);
  graph = eliminate(graph);
  return round_like_eager ? graph : keep_wide(std::move(graph));
}

}  // namespace hidet
