#include "graph/shorten_chain.h"

#include <algorithm>

#include "graph/operators.h"

namespace hidet {

namespace {

// Bits of the integers that a floating type holds exactly.
int significant_bits(DType dtype) {
  switch (dtype) {
    case DType::bf16:
      return 8;
    case DType::f16:
      return 11;
    case DType::f32:
      return 24;
    default:
      return 53;
  }
}

// Each value of type `from` is one of type `to`.
bool is_exact(DType from, DType to) {
  if (from == to || is_boolean(from)) return true;
  if (is_floating(from))
    return is_floating(to) && bits_of(from) < bits_of(to);  // f16 and bf16 hold other numbers
  const bool is_signed = class_of(from) == DTypeClass::signed_integer;
  if (is_floating(to)) return bits_of(from) - is_signed <= significant_bits(to);
  if (!is_integer(to)) return false;
  if (class_of(from) == class_of(to)) return bits_of(from) <= bits_of(to);
  return !is_signed && bits_of(from) < bits_of(to);
}

// from -> middle -> to is from -> to.
bool is_one_cast(DType from, DType middle, DType to) {
  if (!is_exact(from, middle)) return false;
  if (from == to || is_boolean(to)) return true;
  return is_floating(from) == is_floating(to) && is_floating(from) == is_floating(middle);
}

const Node* producer(const Graph& graph, ValueId value) {
  const NodeId id = graph.values[value].producer;
  return id < 0 ? nullptr : &graph.nodes[id];
}

}  // namespace

bool shorten_chain(const Graph& graph, Node& node, DType result) {
  if (node.inputs.size() != 1) return false;
  const ValueId middle = node.inputs[0];
  const Node* before = producer(graph, middle);
  if (!before || before->op != node.op || graph.values[middle].border_strides) return false;
  switch (node.op) {
    case Op::reshape:
    case Op::expand:
      break;
    case Op::permute: {
      std::vector<int64_t> order;
      const std::vector<int64_t> first = permutation_of(*before);
      for (int64_t axis : permutation_of(node)) order.push_back(first[axis]);
      node.attributes["order"] = ints(order);
      break;
    }
    case Op::slice: {
      if (int_attribute(*before, "axis") != int_attribute(node, "axis")) return false;
      const int64_t step = int_attribute(*before, "step");
      node.attributes["start"] = {size_attribute(*before, "start") +
                                  size_attribute(node, "start") * SizeExpr(step)};
      node.attributes["step"] = {step * int_attribute(node, "step")};
      break;
    }
    case Op::cast:
      if (!is_one_cast(graph.values[before->inputs[0]].dtype, graph.values[middle].dtype, result))
        return false;
      break;
    default:
      return false;
  }
  node.inputs[0] = before->inputs[0];
  return true;
}

bool changes_nothing(const Graph& graph, const Node& node, const Value& result) {
  if (node.inputs.empty()) return false;
  const Value& operand = graph.values[node.inputs[0]];
  switch (node.op) {
    case Op::cast:
      return operand.dtype == result.dtype && operand.shape == result.shape;
    case Op::reshape:
    case Op::expand:
      return operand.shape == result.shape;
    case Op::permute: {
      const std::vector<int64_t> order = permutation_of(node);
      return std::is_sorted(order.begin(), order.end());
    }
    default:
      return false;
  }
}

}  // namespace hidet
