#include "graph/keep_wide.h"

#include <algorithm>

#include "graph/operators.h"

namespace hidet {

namespace {

// Functions whose result jumps where their operand hardly changes.
bool jumps(Function function) {
  switch (function) {
    case Function::eq:
    case Function::ne:
    case Function::lt:
    case Function::le:
    case Function::gt:
    case Function::ge:
    case Function::is_nan:
    case Function::is_inf:
    case Function::sign:
    case Function::floor:
    case Function::ceil:
    case Function::trunc:
    case Function::round:
    case Function::floordiv:
    case Function::truncdiv:
    case Function::mod:
    case Function::fmod:
      return true;
    default:
      return false;
  }
}

class KeepWide {
 public:
  explicit KeepWide(Graph& graph) : graph_(graph), seen_exactly_(graph.values.size()) {}

  void run() {
    for (ValueId output : graph_.outputs) see(output);
    for (const auto& [target, value] : graph_.mutations) see(value);
    for (const Node& node : graph_.nodes) {
      const bool exact =
          node.op == Op::aten ||
          (node.op == Op::apply && jumps(static_cast<Function>(int_attribute(node, "function")))) ||
          (node.op == Op::cast && !is_floating(graph_.values[node.outputs[0]].dtype)) ||
          kind_of(node.op) == OpKind::index_map;
      if (exact)
        for (ValueId input : node.inputs) see(input);
    }
    for (Node& node : graph_.nodes)
      if (may_stay_wide(node)) node.attributes["wide"] = {true};
  }

 private:
  void see(ValueId value) {
    if (value >= 0) seen_exactly_[value] = true;
  }

  bool may_stay_wide(const Node& node) const {
    if (node.op != Op::cast || node.attributes.count("explicit")) return false;
    const DType to = graph_.values[node.outputs[0]].dtype;
    if (!is_floating(to) || seen_exactly_[node.outputs[0]]) return false;
    if (graph_.values[node.inputs[0]].shape != graph_.values[node.outputs[0]].shape) return false;
    // Back through views to who rounded.
    ValueId value = node.inputs[0];
    if (bits_of(graph_.values[value].dtype) >= bits_of(to)) return false;
    for (;;) {
      const NodeId producer = graph_.values[value].producer;
      if (producer < 0) return false;
      const Node& before = graph_.nodes[producer];
      if (before.op == Op::cast)
        return !before.attributes.count("explicit") && graph_.values[before.inputs[0]].dtype == to;
      if (kind_of(before.op) != OpKind::index_map || before.inputs.size() != 1) return false;
      value = before.inputs[0];
    }
  }

  Graph& graph_;
  std::vector<bool> seen_exactly_;
};

}  // namespace

Graph keep_wide(Graph graph) {
  KeepWide(graph).run();
  return graph;
}

}  // namespace hidet
