#include "graph/takes_all.h"

#include "graph/operators.h"

namespace hidet {

namespace {

// 0, 1, ... extent - 1 in row-major order.
bool counts_to(const Graph& graph, ValueId value, const SizeExpr& extent) {
  for (;;) {
    const NodeId id = graph.values[value].producer;
    if (id < 0) return false;
    const Node& node = graph.nodes[id];
    if (node.op == Op::iota)
      return as_size(node.attributes.at("start")) == SizeExpr(0) &&
             as_size(node.attributes.at("step")) == SizeExpr(1) &&
             graph.values[value].shape[0] == extent;
    if (node.op != Op::reshape) return false;
    value = node.inputs[0];
  }
}

// The only axis of an extent other than 1, counted from the last; absent for none or several.
std::optional<size_t> only_axis(const std::vector<SizeExpr>& shape) {
  std::optional<size_t> found;
  for (size_t axis = 0; axis < shape.size(); axis++) {
    if (shape[axis] == SizeExpr(1)) continue;
    if (found) return std::nullopt;
    found = shape.size() - 1 - axis;
  }
  return found;
}

}  // namespace

bool takes_all(const Graph& graph, const Node& node, const std::vector<SizeExpr>& shape,
               ConstantFolder& folder) {
  if (node.op != Op::take && node.op != Op::index) return false;
  const std::vector<SizeExpr>& table = graph.values[node.inputs[0]].shape;
  if (node.op == Op::take) return counts_to(graph, node.inputs[1], table[0]);
  // Each position varies along an axis of its own, in the order of the table's axes.
  const size_t leading = node.inputs.size() - 1, rest = table.size() - leading;
  const size_t common = shape.size() - rest;
  size_t expected_ones = common, before = common;
  for (size_t axis = 0; axis < leading; axis++) {
    const ValueId position = node.inputs[axis + 1];
    if (table[axis] == SizeExpr(1)) {
      if (folder.range(position) != Range::point(0)) return false;
      continue;
    }
    const auto own = only_axis(graph.values[position].shape);
    if (!own || *own >= before || !counts_to(graph, position, table[axis])) return false;
    before = *own;
    expected_ones--;
  }
  size_t ones = 0;
  for (size_t axis = 0; axis < common; axis++) ones += shape[axis] == SizeExpr(1);
  return ones == expected_ones;
}

}  // namespace hidet
