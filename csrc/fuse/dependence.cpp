#include "fuse/dependence.h"

namespace hidet {

Dependence::Dependence(const Graph& graph)
    : users_(graph.values.size()), border_(graph.values.size()), constant_(graph.values.size()) {
  for (ValueId value : graph.inputs) constant_[value] = graph.values[value].weight;
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes.size()); id++) {
    const Node& node = graph.nodes[id];
    bool constant = node.op != Op::aten, weights = false;
    for (ValueId input : node.inputs) {
      if (users_[input].empty() || users_[input].back() != id) users_[input].push_back(id);
      if (node.op == Op::aten) border_[input] = true;
      const NodeId producer = graph.values[input].producer;
      const bool scalar = producer >= 0 && graph.nodes[producer].inputs.empty() &&
                          graph.nodes[producer].op != Op::aten;
      constant = constant && (constant_[input] || scalar);
      weights = weights || constant_[input];
    }
    for (ValueId output : node.outputs) constant_[output] = constant && weights;
  }
  for (ValueId value : graph.outputs)
    if (value >= 0) border_[value] = true;
  for (const auto& [target, source] : graph.mutations) border_[source] = true;
}

}  // namespace hidet
