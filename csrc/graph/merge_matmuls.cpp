#include "graph/merge_matmuls.h"

#include <map>

#include "graph/graph_editor.h"

namespace hidet {

namespace {

// Depends on weights and constants alone.
std::vector<bool> constant_values(const Graph& graph) {
  std::vector<bool> constant(graph.values.size(), false);
  for (ValueId input : graph.inputs) constant[input] = graph.values[input].weight;
  for (const Node& node : graph.nodes) {
    bool all = node.op != Op::aten;
    for (ValueId input : node.inputs) all = all && constant[input];
    for (ValueId output : node.outputs)
      if (output >= 0) constant[output] = all;
  }
  return constant;
}

// The node that adds a constant vector to each row of a product, when nothing else reads the
// product; -1 when there is none.
NodeId bias_of(const Graph& graph, const std::vector<bool>& constant, ValueId product) {
  NodeId only = -1;
  for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes.size()); id++)
    for (ValueId input : graph.nodes[id].inputs)
      if (input == product) {
        if (only >= 0) return -1;
        only = id;
      }
  if (only < 0) return -1;
  const Node& add = graph.nodes[only];
  if (add.op != Op::apply || function_of(add) != Function::add) return -1;
  const ValueId other = add.inputs[add.inputs[0] == product ? 1 : 0];
  const bool vector = graph.values[other].shape.size() == 1 &&
                      graph.values[other].shape[0] == graph.values[product].shape.back();
  const bool border = graph.values[add.outputs[0]].border_strides.has_value();
  return vector && constant[other] && !border ? only : -1;
}

}  // namespace

Graph merge_matmuls(const Graph& source) {
  const std::vector<bool> constant = constant_values(source);
  std::map<ValueId, std::vector<NodeId>> siblings;
  for (NodeId id = 0; id < static_cast<NodeId>(source.nodes.size()); id++) {
    const Node& node = source.nodes[id];
    if (node.op != Op::matmul || constant[node.inputs[0]] || !constant[node.inputs[1]]) continue;
    if (source.values[node.inputs[1]].shape.size() != 2) continue;
    if (source.values[node.outputs[0]].border_strides) continue;
    siblings[node.inputs[0]].push_back(id);
  }

  Graph graph = source;
  graph.nodes.clear();
  GraphEditor editor(graph);
  // Values keep their numbers: the nodes of the source are taken over one by one.
  auto take_over = [&](NodeId id) {
    const NodeId moved = static_cast<NodeId>(graph.nodes.size());
    graph.nodes.push_back(source.nodes[id]);
    for (ValueId output : source.nodes[id].outputs)
      if (output >= 0) graph.values[output].producer = moved;
  };
  // What the matrices are made of stands before the merged product.
  std::vector<bool> placed(source.nodes.size(), false);
  std::function<void(NodeId)> place = [&](NodeId id) {
    if (id < 0 || placed[id]) return;
    placed[id] = true;
    const Node& node = source.nodes[id];
    const auto group = node.op == Op::matmul && !node.inputs.empty() ? siblings.find(node.inputs[0])
                                                                     : siblings.end();
    const bool merge =
        group != siblings.end() && group->second.size() > 1 && group->second.front() == id;
    for (ValueId input : node.inputs) place(source.values[input].producer);
    if (!merge) return take_over(id);
    std::vector<ValueId> matrices, biases;
    std::vector<NodeId> sums;
    for (NodeId sibling : group->second) {
      placed[sibling] = true;
      matrices.push_back(source.nodes[sibling].inputs[1]);
      place(source.values[matrices.back()].producer);
      const ValueId result = source.nodes[sibling].outputs[0];
      const NodeId add = bias_of(source, constant, result);
      if (add < 0) continue;
      const std::vector<ValueId>& operands = source.nodes[add].inputs;
      sums.push_back(add);
      biases.push_back(operands[operands[0] == result ? 1 : 0]);
    }
    const bool with_bias = biases.size() == matrices.size();
    editor.name(node.name);
    ValueId joined = editor.cat(matrices, 1);
    ValueId product = editor.matmul(node.inputs[0], joined);
    if (with_bias) {
      for (size_t i = 0; i < sums.size(); i++) {
        placed[sums[i]] = true;
        place(source.values[biases[i]].producer);
      }
      product = editor.apply(Function::add, {product, editor.cat(biases, 0)});
    }
    SizeExpr start(0);
    for (size_t i = 0; i < matrices.size(); i++) {
      const NodeId sibling = with_bias ? sums[i] : group->second[i];
      const ValueId result = source.nodes[sibling].outputs[0];
      const SizeExpr columns = source.values[result].shape.back();
      Node slice{.op = Op::slice, .inputs = {product}, .outputs = {result}};
      slice.name = source.nodes[sibling].name;
      slice.attributes["axis"] = {static_cast<int64_t>(source.values[result].shape.size()) - 1};
      slice.attributes["start"] = {start};
      slice.attributes["step"] = {int64_t{1}};
      graph.values[result].producer = static_cast<NodeId>(graph.nodes.size());
      graph.nodes.push_back(std::move(slice));
      start = start + columns;
    }
  };
  for (NodeId id = 0; id < static_cast<NodeId>(source.nodes.size()); id++) place(id);
  return graph;
}

}  // namespace hidet
