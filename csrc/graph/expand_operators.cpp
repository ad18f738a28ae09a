#include "graph/expand_operators.h"

#include <algorithm>
#include <map>

namespace hidet {

namespace {

const ExpansionTable& expansion_table() {
  static const ExpansionTable table = [] {
    ExpansionTable t;
    add_elementwise_expansions(t);
    add_view_expansions(t);
    add_indexing_expansions(t);
    add_creation_expansions(t);
    add_reduction_expansions(t);
    add_normalisation_expansions(t);
    add_product_expansions(t);
    return t;
  }();
  return table;
}

class Expander {
 public:
  explicit Expander(const Graph& source) : source_(source), editor_(graph_) {}

  Graph run() {
    graph_.device = source_.device;
    graph_.symbols = source_.symbols;
    values_.assign(source_.values.size(), -1);
    for (ValueId input : source_.inputs) {
      values_[input] = static_cast<ValueId>(graph_.values.size());
      graph_.values.push_back(source_.values[input]);
      graph_.inputs.push_back(values_[input]);
    }
    for (Graph::Argument argument : source_.arguments) {
      if (argument.value >= 0) argument.value = values_[argument.value];
      graph_.arguments.push_back(argument);
    }
    for (const Node& node : source_.nodes) expand(node);
    for (ValueId output : source_.outputs) graph_.outputs.push_back(border(output));
    for (const auto& [target, value] : source_.mutations)
      graph_.mutations.emplace_back(values_[target], border(value));
    return std::move(graph_);
  }

 private:
  void expand(const Node& node) {
    editor_.name(node.name);
    auto row = expansion_table().find(node.aten);
    if (row == expansion_table().end()) return keep(node, "no definition");
    const size_t nodes = graph_.nodes.size(), values = graph_.values.size();
    try {
      const AtenCall call(node, values_, source_);
      check_dtypes(node, call);
      check_devices(node);
      const std::vector<ValueId> results = row->second(editor_, call);
      HIDET_ASSERT(results.size() <= node.outputs.size(), "{} has {} results", node.aten,
                   node.outputs.size());
      for (size_t i = 0; i < results.size(); i++) check_result(node, i, results[i]);
      for (size_t i = 0; i < results.size(); i++)
        if (results[i] >= 0) values_[node.outputs[i]] = results[i];
      if (is_number_elsewhere(node)) numbers_elsewhere_.emplace(node.outputs[0], Number{&node});
    } catch (const DeclinedCall& declined) {
      graph_.nodes.resize(nodes);
      graph_.values.resize(values);
      keep(node, declined.reason);
    }
  }

  void check_dtypes(const Node& node, const AtenCall& call) const {
    for (ValueId output : node.outputs)
      if (output >= 0 && is_opaque(source_.values[output].dtype))
        throw DeclinedCall{"a result of a type that only PyTorch computes with"};
    for (ValueId input : node.inputs) {
      if (is_opaque(source_.values[input].dtype))
        throw DeclinedCall{"an operand of a type that only PyTorch computes with"};
      if (is_empty(source_.values[input])) throw DeclinedCall{"an operand without elements"};
    }
    for (size_t i = 0; i < node.outputs.size(); i++)
      if (call.result_used(i) && is_empty(source_.values[node.outputs[i]]))
        throw DeclinedCall{"a result without elements"};
  }
  // Kernels see the memory of one device.
  void check_devices(const Node& node) const {
    if (is_number_elsewhere(node)) return;
    for (ValueId value : node.inputs)
      if (!is_scalar_elsewhere(source_.values[value])) check_device(source_.values[value]);
    for (ValueId value : node.outputs)
      if (value >= 0) check_device(source_.values[value]);
  }
  void check_device(const Value& value) const {
    if (value.elsewhere)
      throw DeclinedCall{hidet::format("a tensor on {}, where the graph is for {}",
                                       name_of(*value.elsewhere), name_of(source_.device))};
  }
  // The call brings it to the device, as eager does.
  static bool is_scalar_elsewhere(const Value& value) {
    return value.elsewhere == Device() && value.shape.empty();
  }
  // A number that is known now has a place only where an ATen call or the caller sees it.
  bool is_number_elsewhere(const Node& node) const {
    if (!node.inputs.empty() || node.outputs.size() != 1 || node.outputs[0] < 0) return false;
    return is_scalar_elsewhere(source_.values[node.outputs[0]]);
  }

  static bool is_empty(const Value& value) {
    return std::find(value.shape.begin(), value.shape.end(), SizeExpr(0)) != value.shape.end();
  }
  static bool is_opaque(DType dtype) { return dtype == DType::opaque; }

  void check_result(const Node& node, size_t i, ValueId result) const {
    if (result < 0) return;
    const Value& expected = source_.values[node.outputs[i]];
    const Value& found = graph_.values[result];
    if (expected.dtype != found.dtype)
      throw DeclinedCall{hidet::format("result {} would be {} instead of {}", i,
                                       name_of(found.dtype), name_of(expected.dtype))};
    if (expected.shape != found.shape)
      throw DeclinedCall{hidet::format("the shape of result {} is not understood", i)};
  }

  // The value as it must lie in memory at the border.
  ValueId border(ValueId old) {
    if (old < 0) return -1;
    if (auto number = numbers_elsewhere_.find(old); number != numbers_elsewhere_.end())
      return placed(old, number->second);
    const Value& expected = source_.values[old];
    ValueId value = values_[old];
    HIDET_ASSERT(value >= 0, "value {} was dropped", expected.name);
    Value& found = graph_.values[value];
    const bool there = expected.elsewhere == found.elsewhere;
    if (!expected.border_strides) return value;
    if (there && found.border_strides == expected.border_strides) return value;
    if (!found.border_strides && !needs_copy(value)) {
      found.border_strides = expected.border_strides;
      return value;
    }
    // It is an input or another border value already, with other strides or elsewhere: a copy.
    Node node{.op = Op::cast};
    node.inputs = {value};
    editor_.name(expected.name);
    ValueId copy = editor_.add(std::move(node), expected.dtype, expected.shape);
    graph_.values[copy].border_strides = expected.border_strides;
    return copy;
  }
  struct Number {
    const Node* node;  // of the source
    ValueId placed = -1;
  };
  ValueId placed(ValueId old, Number& number) {
    if (number.placed < 0) {
      const ValueId known = values_[old];
      keep(*number.node, "a number on another device than the graph");
      number.placed = values_[old];
      values_[old] = known;
    }
    return number.placed;
  }
  bool needs_copy(ValueId value) const { return graph_.values[value].producer < 0; }

  Attribute translate(const Attribute& attribute) {
    if (const auto* tensor = std::get_if<TensorArgument>(&attribute.value))
      return {TensorArgument{border(tensor->value)}};
    if (const auto* list = std::get_if<AttributeList>(&attribute.value)) {
      AttributeList result;
      for (const Attribute& item : *list) result.push_back(translate(item));
      return {result};
    }
    return attribute;
  }

  static void collect(const Attribute& attribute, std::vector<ValueId>& found) {
    if (const auto* tensor = std::get_if<TensorArgument>(&attribute.value))
      found.push_back(tensor->value);
    if (const auto* list = std::get_if<AttributeList>(&attribute.value))
      for (const Attribute& item : *list) collect(item, found);
  }

  void keep(const Node& node, std::string reason) {
    Node copy = node;
    copy.aten_reason = std::move(reason);
    copy.inputs.clear();
    for (Attribute& argument : copy.aten_arguments) {
      argument = translate(argument);
      collect(argument, copy.inputs);
    }
    const NodeId id = static_cast<NodeId>(graph_.nodes.size());
    for (ValueId& output : copy.outputs) {
      if (output < 0) continue;
      Value value = source_.values[output];
      value.producer = id;
      values_[output] = static_cast<ValueId>(graph_.values.size());
      graph_.values.push_back(std::move(value));
      output = values_[output];
    }
    graph_.nodes.push_back(std::move(copy));
  }

  const Graph& source_;
  Graph graph_;
  GraphEditor editor_;
  std::vector<ValueId> values_;                  // by value of the source
  std::map<ValueId, Number> numbers_elsewhere_;  // by value of the source
};

}  // namespace

Graph expand_operators(const Graph& graph) {
  return Expander(graph).run();
}

std::vector<std::string> expanded_operators() {
  std::vector<std::string> names;
  for (const auto& [name, expansion] : expansion_table()) names.push_back(name);
  return names;
}

int64_t wrap_axis(int64_t axis, int64_t rank) {
  return axis < 0 ? axis + std::max<int64_t>(rank, 1) : axis;
}

const Attribute& AtenCall::argument(size_t i) const {
  HIDET_ASSERT(i < count(), "{} has {} arguments", node_.aten, count());
  return node_.aten_arguments[i];
}
bool AtenCall::is_none(size_t i) const {
  return std::holds_alternative<std::monostate>(argument(i).value);
}
bool AtenCall::is_tensor(size_t i) const {
  return std::holds_alternative<TensorArgument>(argument(i).value);
}
ValueId AtenCall::tensor_of(const Attribute& argument) const {
  const auto* tensor = std::get_if<TensorArgument>(&argument.value);
  if (!tensor) throw DeclinedCall{"an argument is no tensor"};
  return values_[tensor->value];
}
std::vector<ValueId> AtenCall::tensors(size_t i) const {
  std::vector<ValueId> result;
  const auto* list = std::get_if<AttributeList>(&argument(i).value);
  if (!list) throw DeclinedCall{hidet::format("argument {} is no list", i)};
  for (const Attribute& item : *list) result.push_back(tensor_of(item));
  return result;
}
int64_t AtenCall::integer(size_t i, int64_t otherwise) const {
  if (is_none(i)) return otherwise;
  if (const auto* v = std::get_if<int64_t>(&argument(i).value)) return *v;
  if (const auto* v = std::get_if<bool>(&argument(i).value)) return *v;
  throw DeclinedCall{hidet::format("argument {} is no constant integer", i)};
}
double AtenCall::real(size_t i, double otherwise) const {
  if (is_none(i)) return otherwise;
  if (const auto* v = std::get_if<double>(&argument(i).value)) return *v;
  return static_cast<double>(integer(i));
}
bool AtenCall::flag(size_t i) const {
  if (const auto* v = std::get_if<bool>(&argument(i).value)) return *v;
  return integer(i) != 0;
}
std::vector<int64_t> AtenCall::integers(size_t i) const {
  std::vector<int64_t> result;
  if (is_none(i)) return result;
  if (const auto* v = std::get_if<int64_t>(&argument(i).value)) return {*v};
  const auto* list = std::get_if<AttributeList>(&argument(i).value);
  if (!list) throw DeclinedCall{hidet::format("argument {} is no list", i)};
  for (const Attribute& item : *list) {
    const auto* v = std::get_if<int64_t>(&item.value);
    if (!v) throw DeclinedCall{hidet::format("argument {} is no list of constants", i)};
    result.push_back(*v);
  }
  return result;
}
SizeExpr AtenCall::size(size_t i) const {
  auto size = as_size(argument(i));
  if (!size) throw DeclinedCall{hidet::format("argument {} is no size", i)};
  return *size;
}
std::vector<SizeExpr> AtenCall::sizes(size_t i) const {
  std::vector<SizeExpr> result;
  const auto* list = std::get_if<AttributeList>(&argument(i).value);
  if (!list) throw DeclinedCall{hidet::format("argument {} is no list of sizes", i)};
  for (const Attribute& item : *list) {
    auto size = as_size(item);
    if (!size) throw DeclinedCall{hidet::format("argument {} is no list of sizes", i)};
    result.push_back(*size);
  }
  return result;
}
std::string AtenCall::text(size_t i) const {
  const auto* v = std::get_if<std::string>(&argument(i).value);
  return v ? *v : std::string();
}
bool AtenCall::result_used(size_t i) const {
  if (!has_result(i)) return false;
  const ValueId value = node_.outputs[i];
  if (std::find(source_.outputs.begin(), source_.outputs.end(), value) != source_.outputs.end())
    return true;
  for (const auto& [target, from] : source_.mutations)
    if (from == value) return true;
  for (const Node& node : source_.nodes)
    if (std::find(node.inputs.begin(), node.inputs.end(), value) != node.inputs.end()) return true;
  return false;
}

}  // namespace hidet
