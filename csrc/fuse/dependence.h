// Who uses whom: the edges of a graph, and which values depend on weights alone.
#pragma once

#include <vector>

#include "graph/graph.h"

namespace hidet {

class Dependence {
 public:
  explicit Dependence(const Graph& graph);

  // Nodes that read a value, each once, in topological order.
  const std::vector<NodeId>& users(ValueId value) const { return users_[value]; }
  // A graph output, the source of a mutation, or an operand of an ATen call: must exist in memory.
  bool is_border(ValueId value) const { return border_[value]; }
  // Depends on weights and constants alone, on at least one weight.
  bool is_constant(ValueId value) const { return constant_[value]; }

 private:
  std::vector<std::vector<NodeId>> users_;
  std::vector<bool> border_, constant_;
};

}  // namespace hidet
