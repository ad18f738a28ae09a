#include "graph/operators.h"

#include "ir/function.h"
#include "ir/words.h"

namespace hidet {

namespace {
struct Row {
  std::string_view name;
  OpKind kind;
};
constexpr Row kRows[] = {
    {"input", OpKind::leaf},
    {"constant", OpKind::leaf},
    {"aten", OpKind::aten},
#define HIDET_OP(name, kind) {#name, OpKind::kind},
#include "graph/ops.def"
#undef HIDET_OP
};
const Row& row(Op op) {
  return kRows[static_cast<size_t>(op)];
}

const Attribute& attribute(const Node& node, const std::string& name) {
  auto it = node.attributes.find(name);
  HIDET_ASSERT(it != node.attributes.end(), "{} has no attribute '{}'", name_of(node.op), name);
  return it->second;
}
}  // namespace

OpKind kind_of(Op op) {
  return row(op).kind;
}
std::string_view name_of(Op op) {
  return row(op).name;
}

std::optional<Op> find_op(std::string_view name) {
  for (size_t i = static_cast<size_t>(Op::aten) + 1; i < std::size(kRows); i++)
    if (kRows[i].name == name) return static_cast<Op>(i);
  return std::nullopt;
}

std::string_view label_of(const Node& node) {
  if (node.op == Op::reduce) return name_of(reduction_kind(node));
  return node.op == Op::apply ? name_of(function_of(node)) : name_of(node.op);
}

int64_t int_attribute(const Node& node, const std::string& name) {
  const auto* value = std::get_if<int64_t>(&attribute(node, name).value);
  HIDET_ASSERT(value, "attribute '{}' of {} is no integer", name, name_of(node.op));
  return *value;
}
double float_attribute(const Node& node, const std::string& name) {
  const auto* value = std::get_if<double>(&attribute(node, name).value);
  HIDET_ASSERT(value, "attribute '{}' of {} is no number", name, name_of(node.op));
  return *value;
}
SizeExpr size_attribute(const Node& node, const std::string& name) {
  auto size = as_size(attribute(node, name));
  HIDET_ASSERT(size, "attribute '{}' of {} is no size", name, name_of(node.op));
  return *size;
}
std::vector<int64_t> ints_attribute(const Node& node, const std::string& name) {
  std::vector<int64_t> result;
  const auto* list = std::get_if<AttributeList>(&attribute(node, name).value);
  HIDET_ASSERT(list, "attribute '{}' of {} is no list", name, name_of(node.op));
  for (const Attribute& item : *list) result.push_back(std::get<int64_t>(item.value));
  return result;
}
Attribute ints(const std::vector<int64_t>& values) {
  AttributeList list;
  for (int64_t value : values) list.push_back({value});
  return {list};
}
std::optional<SizeExpr> as_size(const Attribute& attribute) {
  if (const auto* value = std::get_if<int64_t>(&attribute.value)) return SizeExpr(*value);
  if (const auto* value = std::get_if<SizeExpr>(&attribute.value)) return *value;
  return std::nullopt;
}

Function function_of(const Node& node) {
  return static_cast<Function>(int_attribute(node, "function"));
}
ReduceKind reduction_kind(const Node& node) {
  return static_cast<ReduceKind>(int_attribute(node, "kind"));
}
std::vector<int64_t> reduction_axes(const Node& node) {
  return ints_attribute(node, "axes");
}
double attention_scale(const Node& node) {
  return float_attribute(node, "scale");
}
bool attention_is_causal(const Node& node) {
  return int_attribute(node, "causal") != 0;
}
std::vector<int64_t> permutation_of(const Node& node) {
  return ints_attribute(node, "order");
}

int evaluation_cost(const Node& node) {
  if (node.op == Op::apply) return is_elementary(function_of(node)) ? 10 : 1;
  if (node.op == Op::take || node.op == Op::index || node.op == Op::gather || node.op == Op::cat ||
      node.op == Op::pad)
    return 2;
  return kind_of(node.op) == OpKind::elementwise ? 1 : 0;
}

bool is_strided_view(const Graph& graph, NodeId id) {
  (void)graph;
  switch (graph.nodes[id].op) {
    case Op::reshape:
    case Op::permute:
    case Op::expand:
    case Op::slice:
    case Op::flip:
      return true;
    default:
      return false;
  }
}

bool is_bijective_map(const Graph& graph, NodeId id) {
  Op op = graph.nodes[id].op;
  return op == Op::reshape || op == Op::permute || op == Op::flip;
}

}  // namespace hidet
