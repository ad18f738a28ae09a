#include "driver/optimize_graph.h"

#include "graph/eliminate.h"
#include "graph/merge_matmuls.h"

namespace hidet {

Graph optimize_graph(Graph graph) {
  graph = eliminate(graph);
  // After common subexpressions are one: siblings are recognised by their operand.
  graph = merge_matmuls(graph);
  return eliminate(graph);
}

}  // namespace hidet
