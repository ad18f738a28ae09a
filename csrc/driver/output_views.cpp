#include "driver/output_views.h"

#include <algorithm>
#include <map>
#include <set>

namespace hidet {
namespace {

// The part of an operand's memory where a view of it starts, in elements; nothing: it depends on
// more than is known, or the operator makes no view.
class ViewOffset {
 public:
  ViewOffset(const Graph& graph, const Node& node, int output)
      : graph_(graph), node_(node), output_(output) {}

  std::optional<SizeExpr> compute() const {
    static const std::set<std::string> kWhole = {
        "aten::_unsafe_view",  "aten::alias",        "aten::detach",
        "aten::expand",        "aten::permute",      "aten::squeeze",
        "aten::squeeze.dim",   "aten::squeeze.dims", "aten::t",
        "aten::transpose.int", "aten::unsqueeze",    "aten::view"};
    if (kWhole.count(node_.aten)) return SizeExpr(0);
    if (node_.aten == "aten::select.int") return at(1, index(2, 1));
    if (node_.aten == "aten::slice.Tensor") return at(1, slice_start());
    if (node_.aten == "aten::unbind.int") return at(1, SizeExpr(output_));
    if (node_.aten == "aten::split.Tensor")
      if (const auto size = number(1)) return at(2, SizeExpr(output_) * *size);
    if (node_.aten == "aten::split_with_sizes") return at(2, split_start());
    return std::nullopt;
  }

 private:
  const Value& operand() const { return graph_.values[node_.inputs.front()]; }

  std::optional<SizeExpr> number(size_t argument) const {
    if (argument >= node_.aten_arguments.size()) return std::nullopt;
    return number_of(node_.aten_arguments[argument]);
  }
  static std::optional<SizeExpr> number_of(const Attribute& attribute) {
    if (const auto* value = std::get_if<int64_t>(&attribute.value)) return SizeExpr(*value);
    if (const auto* value = std::get_if<SizeExpr>(&attribute.value)) return *value;
    return std::nullopt;
  }
  std::optional<size_t> axis(size_t argument) const {
    const auto text = number(argument);
    if (!text || !text->is_constant()) return std::nullopt;
    const auto rank = static_cast<int64_t>(operand().shape.size());
    const int64_t value = *text->as_constant();
    return static_cast<size_t>(value < 0 ? value + rank : value);
  }
  // A constant index, counted from the end when negative.
  std::optional<SizeExpr> index(size_t argument, size_t axis_argument) const {
    const auto value = number(argument);
    const auto along = axis(axis_argument);
    if (!value || !along || !value->is_constant()) return std::nullopt;
    return *value->as_constant() < 0 ? operand().shape[*along] + *value : *value;
  }
  std::optional<SizeExpr> slice_start() const {
    if (node_.aten_arguments.size() < 3) return std::nullopt;
    if (std::holds_alternative<std::monostate>(node_.aten_arguments[2].value)) return SizeExpr(0);
    const auto start = index(2, 1);
    const auto along = axis(1);
    if (!start || !along) return std::nullopt;
    return max(SizeExpr(0), min(*start, operand().shape[*along]));
  }
  std::optional<SizeExpr> split_start() const {
    const auto* sizes = std::get_if<AttributeList>(&node_.aten_arguments[1].value);
    SizeExpr start;
    for (int i = 0; sizes && i < output_; i++) {
      const auto size = number_of((*sizes)[static_cast<size_t>(i)]);
      if (!size) return std::nullopt;
      start = start + *size;
    }
    return sizes ? std::optional(start) : std::nullopt;
  }
  std::optional<SizeExpr> at(size_t axis_argument, const std::optional<SizeExpr>& position) const {
    const auto along = axis(axis_argument);
    if (!along || !position || !operand().border_strides) return std::nullopt;
    return *position * (*operand().border_strides)[*along];
  }

  const Graph& graph_;
  const Node& node_;
  int output_;
};

struct Place {
  ValueId root;
  SizeExpr offset;
};

// Back through view operators, to the farthest value that is in `ends`; else the value itself.
Place root_of(const Graph& graph, ValueId value, const std::set<ValueId>& ends) {
  Place place{value, 0}, found = place;
  while (graph.values[place.root].producer >= 0) {
    const Value& view = graph.values[place.root];
    const Node& node = graph.nodes[view.producer];
    if (node.inputs.size() != 1 || graph.values[node.inputs[0]].dtype != view.dtype) break;
    const auto offset = ViewOffset(graph, node, view.output_index).compute();
    if (!offset) break;
    place = {node.inputs[0], place.offset + *offset};
    if (ends.count(place.root)) found = place;
  }
  return found;
}

}  // namespace

std::vector<std::optional<OutputView>> take_output_views(Graph& graph) {
  std::map<ValueId, int> input_of, output_of;
  for (size_t i = 0; i < graph.inputs.size(); i++) input_of[graph.inputs[i]] = static_cast<int>(i);
  for (size_t i = 0; i < graph.outputs.size(); i++)
    output_of.emplace(graph.outputs[i], static_cast<int>(i));
  std::set<ValueId> ends(graph.inputs.begin(), graph.inputs.end());
  ends.insert(graph.outputs.begin(), graph.outputs.end());
  std::set<ValueId> written;
  for (const auto& [target, _] : graph.mutations) written.insert(target);
  std::vector<std::optional<OutputView>> views(graph.outputs.size());
  for (size_t i = 0; i < graph.outputs.size(); i++) {
    const ValueId output = graph.outputs[i];
    if (output < 0 || !graph.values[output].border_strides) continue;
    const Place place = root_of(graph, output, ends);
    if (place.root == output) continue;
    const bool of_argument = input_of.count(place.root) > 0;
    // A view of a written argument would show what is written.
    if (written.count(place.root) || graph.values[place.root].dtype == DType::opaque) continue;
    const Value& value = graph.values[output];
    views[i] = OutputView{.of_argument = of_argument,
                          .root = of_argument ? input_of[place.root] : output_of[place.root],
                          .offset = place.offset,
                          .sizes = value.shape,
                          .strides = *value.border_strides,
                          .name = value.name};
  }
  for (size_t i = 0; i < views.size(); i++)
    if (views[i]) graph.outputs[i] = -1;
  return views;
}

}  // namespace hidet
