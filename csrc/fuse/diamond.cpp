#include "fuse/diamond.h"

#include <algorithm>
#include <set>

#include "graph/operators.h"

namespace hidet {

std::optional<std::vector<NodeId>> find_diamond(const Graph& graph, const Dependence& dependence,
                                                ValueId from,
                                                const std::function<bool(ValueId)>& may_be_read) {
  constexpr size_t kMostNodes = 32;
  std::vector<NodeId> nodes;
  std::set<ValueId> inside = {from};
  std::set<NodeId> waiting(dependence.users(from).begin(), dependence.users(from).end());
  // Ids are in topological order: when the least of the users is the only one left, every way from
  // `from` leads through it.
  while (!waiting.empty() && nodes.size() < kMostNodes) {
    const NodeId id = *waiting.begin();
    waiting.erase(waiting.begin());
    const Node& node = graph.nodes[id];
    if (kind_of(node.op) != OpKind::elementwise || node.outputs.size() != 1) return std::nullopt;
    const ValueId out = node.outputs[0];
    if (graph.values[out].shape != graph.values[from].shape) return std::nullopt;
    const bool readable = std::ranges::all_of(
        node.inputs, [&](ValueId input) { return inside.count(input) > 0 || may_be_read(input); });
    if (!readable) return std::nullopt;
    nodes.push_back(id);
    inside.insert(out);
    if (waiting.empty()) return nodes;
    waiting.insert(dependence.users(out).begin(), dependence.users(out).end());
  }
  return std::nullopt;
}

}  // namespace hidet
