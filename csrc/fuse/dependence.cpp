#include "fuse/dependence.h"

namespace hidet {

namespace {

// The node's definition has a size that only a call knows.
bool has_symbols(const Graph& graph, const Node& node) {
  for (ValueId output : node.outputs)
    if (output >= 0)
      for (const SizeExpr& extent : graph.values[output].shape)
        if (extent.symbol_count() > 0) return true;
  for (const auto& [name, attribute] : node.attributes)
    if (const auto* size = std::get_if<SizeExpr>(&attribute.value))
      if (size->symbol_count() > 0) return true;
  return false;
}

}  // namespace

Dependence::Dependence(const Graph& graph)
    : users_(graph.values.size()), border_(graph.values.size()), constant_(graph.values.size()) {
  for (ValueId value : graph.inputs) constant_[value] = graph.values[value].weight;
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes.size()); id++) {
    const Node& node = graph.nodes[id];
    bool constant = node.op != Op::aten && !has_symbols(graph, node), weights = false;
    for (ValueId input : node.inputs) {
      if (users_[input].empty() || users_[input].back() != id) users_[input].push_back(id);
      if (node.op == Op::aten) border_[input] = true;
      const NodeId producer = graph.values[input].producer;
      const bool scalar = producer >= 0 && graph.nodes[producer].inputs.empty() &&
                          graph.nodes[producer].op != Op::aten &&
                          !has_symbols(graph, graph.nodes[producer]);
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
