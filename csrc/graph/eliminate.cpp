#include "graph/eliminate.h"

#include <algorithm>
#include <map>

#include "graph/fold_constants.h"
#include "graph/graph_editor.h"
#include "graph/graph_text.h"
#include "graph/operators.h"
#include "graph/shorten_chain.h"
#include "graph/takes_all.h"

namespace hidet {

namespace {

class Eliminator {
 public:
  explicit Eliminator(const Graph& source) : source_(source) {}

  Graph run() {
    mark_live();
    graph_.device = source_.device;
    graph_.symbols = source_.symbols;
    values_.assign(source_.values.size(), -1);
    for (ValueId input : source_.inputs) graph_.inputs.push_back(copy_value(input, -1));
    for (Graph::Argument argument : source_.arguments) {
      if (argument.value >= 0) argument.value = values_[argument.value];
      graph_.arguments.push_back(argument);
    }
    for (size_t id = 0; id < source_.nodes.size(); id++)
      if (live_[id])
        place(source_.nodes[id]);
      else
        changed_ = true;
    for (ValueId output : source_.outputs)
      graph_.outputs.push_back(output < 0 ? -1 : values_[output]);
    for (const auto& [target, value] : source_.mutations)
      graph_.mutations.emplace_back(values_[target], values_[value]);
    return std::move(graph_);
  }

  bool changed() const { return changed_; }

 private:
  void mark_live() {
    live_.assign(source_.nodes.size(), false);
    std::vector<bool> wanted(source_.values.size(), false);
    for (ValueId output : source_.outputs)
      if (output >= 0) wanted[output] = true;
    for (const auto& [target, value] : source_.mutations) wanted[value] = true;
    for (size_t id = source_.nodes.size(); id-- > 0;) {
      const Node& node = source_.nodes[id];
      live_[id] =
          node.op == Op::aten || std::any_of(node.outputs.begin(), node.outputs.end(),
                                             [&](ValueId v) { return v >= 0 && wanted[v]; });
      if (live_[id])
        for (ValueId input : node.inputs) wanted[input] = true;
    }
  }

  ValueId copy_value(ValueId old, NodeId producer) {
    Value value = source_.values[old];
    value.producer = producer;
    graph_.values.push_back(std::move(value));
    return values_[old] = static_cast<ValueId>(graph_.values.size()) - 1;
  }

  Attribute translate(const Attribute& attribute) const {
    if (const auto* tensor = std::get_if<TensorArgument>(&attribute.value))
      return {TensorArgument{values_[tensor->value]}};
    if (const auto* list = std::get_if<AttributeList>(&attribute.value)) {
      AttributeList result;
      for (const Attribute& item : *list) result.push_back(translate(item));
      return {result};
    }
    return attribute;
  }

  void place(const Node& node) {
    Node copy = node;
    for (ValueId& input : copy.inputs) input = values_[input];
    for (Attribute& argument : copy.aten_arguments) argument = translate(argument);
    if (node.op != Op::aten && simplify(node, copy)) {
      changed_ = true;
      return;
    }
    const NodeId id = static_cast<NodeId>(graph_.nodes.size());
    std::string key;
    if (node.op != Op::aten) {
      key = key_of(node, copy);
      auto [it, inserted] = seen_.try_emplace(key, static_cast<ValueId>(graph_.values.size()));
      if (!inserted) {
        changed_ = true;
        values_[node.outputs[0]] = it->second;
        return;
      }
    }
    for (ValueId& output : copy.outputs)
      if (output >= 0) output = copy_value(output, id);
    graph_.nodes.push_back(std::move(copy));
  }

  // The strides are part of a border value's identity.
  std::string key_of(const Node& node, const Node& copy) const {
    const Value& out = source_.values[node.outputs[0]];
    std::string key = hidet::format("{} {}", static_cast<int>(node.op), name_of(out.dtype));
    for (ValueId input : copy.inputs) key += hidet::format(" %{}", input);
    for (const auto& [name, attribute] : copy.attributes) key += " " + name + text_of(attribute);
    for (const SizeExpr& extent : out.shape) key += " " + extent.text();
    if (out.border_strides)
      for (const SizeExpr& stride : *out.border_strides) key += " /" + stride.text();
    return key;
  }

  const Node* producer(ValueId value) const {
    NodeId id = graph_.values[value].producer;
    return id < 0 ? nullptr : &graph_.nodes[id];
  }
  bool is_free(ValueId value) const { return !graph_.values[value].border_strides; }

  // Makes the node's result an earlier value, or shortens what it reads. True: no node is needed.
  bool simplify(const Node& node, Node& copy) {
    const Value& out = source_.values[node.outputs[0]];
    while (shorten_chain(graph_, copy, out.dtype)) changed_ = true;
    if (!out.border_strides && changes_nothing(graph_, copy, out)) {
      values_[node.outputs[0]] = copy.inputs[0];
      return true;
    }
    if (!out.border_strides && takes_all(graph_, copy, out.shape, folder_)) {
      values_[node.outputs[0]] = GraphEditor(graph_).reshape(copy.inputs[0], out.shape);
      return true;
    }
    if (kind_of(node.op) != OpKind::elementwise) return false;
    return fold(node, copy) || (!out.border_strides && narrow(node, copy));
  }
  // A number, or another value, at every index. At the border a number is written as a `full`.
  bool fold(const Node& node, Node& copy) {
    const Value& out = source_.values[node.outputs[0]];
    const Folded folded = folder_.fold(copy, out.dtype);
    if (out.border_strides) {
      if (!folded.number) return false;
      changed_ = true;
      copy = {.op = Op::full, .outputs = copy.outputs, .name = copy.name};
      copy.attributes["value"] = *folded.number;
      return false;
    }
    GraphEditor editor(graph_);
    editor.name(node.name);
    ValueId value = folded.same;
    if (folded.number) value = editor.number(out.dtype, *folded.number);
    if (value < 0 || !GraphEditor::broadcasts(editor.shape(value), out.shape)) return false;
    values_[node.outputs[0]] = editor.expand(value, out.shape);
    return true;
  }
  // f(expand(x), number) = expand(f(x, number)): computed on the smaller shape. True: the node's
  // result is the expansion.
  bool narrow(const Node& node, Node& copy) {
    const Value& out = source_.values[node.outputs[0]];
    GraphEditor editor(graph_);
    editor.name(node.name);
    std::vector<SizeExpr> shape;
    std::vector<ValueId> inputs = copy.inputs;
    for (ValueId& input : inputs) {
      const Node* before = producer(input);
      const auto number = folder_.number(input);
      if (number && editor.rank(input) > 0)
        input = editor.number(editor.dtype(input), *number);
      else if (before && before->op == Op::expand && is_free(input))
        input = before->inputs[0];
      shape = GraphEditor::broadcast(shape, editor.shape(input));
    }
    if (inputs == copy.inputs || !GraphEditor::broadcasts(shape, out.shape)) return false;
    changed_ = true;
    copy.inputs = inputs;
    if (shape == out.shape) return false;
    Node narrow = copy;
    narrow.outputs.clear();
    values_[node.outputs[0]] =
        editor.expand(editor.add(std::move(narrow), out.dtype, shape), out.shape);
    return true;
  }

  const Graph& source_;
  Graph graph_;
  ConstantFolder folder_{graph_};
  std::vector<ValueId> values_;
  std::vector<bool> live_;
  bool changed_ = false;
  std::map<std::string, ValueId> seen_;
};

}  // namespace

Graph eliminate(const Graph& graph) {
  Graph result = graph;
  for (bool changed = true; changed;) {
    Eliminator eliminator(result);
    Graph next = eliminator.run();
    changed = eliminator.changed();
    result = std::move(next);
  }
  return result;
}

}  // namespace hidet
