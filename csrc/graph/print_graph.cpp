#include <cmath>

#include "graph/graph_text.h"
#include "graph/operators.h"
#include "ir/words.h"

namespace hidet {

namespace {

std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return shortest_text(value);
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result + "\"";
}

std::string sizes_text(const std::vector<SizeExpr>& sizes) {
  std::string text = "[";
  for (size_t i = 0; i < sizes.size(); i++) text += (i ? ", " : "") + sizes[i].text();
  return text + "]";
}

class GraphPrinter {
 public:
  explicit GraphPrinter(const Graph& graph) : graph_(graph), numbers_(graph.values.size(), -1) {}

  std::string print() {
    if (graph_.device != Device()) line("device " + name_of(graph_.device), "");
    for (size_t i = 0; i < graph_.symbols.size(); i++) symbol(i);
    for (ValueId id : graph_.inputs)
      line(hidet::format("{} {}: {}", graph_.values[id].weight ? "weight" : "input", define(id),
                         type(id)),
           graph_.values[id].name);
    if (!arguments_are_inputs()) {
      for (const Graph::Argument& argument : graph_.arguments) this->argument(argument);
    }
    for (const Node& node : graph_.nodes) this->node(node);
    for (const auto& [target, source] : graph_.mutations)
      line(hidet::format("copy {} <- {}", name(target), name(source)), "");
    std::string results;
    for (ValueId id : graph_.outputs)
      results += (results.empty() ? " " : ", ") + (id < 0 ? std::string("none") : name(id));
    line("return" + results, "");
    return std::move(text_);
  }

 private:
  void line(const std::string& content, const std::string& comment) {
    text_ += content + (comment.empty() ? "" : "  # " + comment) + "\n";
  }
  std::string define(ValueId id) {
    numbers_[id] = next_++;
    return name(id);
  }
  std::string name(ValueId id) const {
    return numbers_[id] < 0 ? hidet::format("%undefined{}", id)
                            : hidet::format("%{}", numbers_[id]);
  }
  std::string type(ValueId id) const {
    const Value& value = graph_.values[id];
    std::string text = std::string(name_of(value.dtype)) + sizes_text(value.shape);
    if (value.border_strides) text += " strides " + sizes_text(*value.border_strides);
    return value.elsewhere ? text + " on " + name_of(*value.elsewhere) : text;
  }

  void symbol(size_t i) {
    const Symbol& s = graph_.symbols[i];
    line(
        hidet::format("symbol s{} in {}..{} by {} hint {}", i, s.lower, s.upper, s.divisor, s.hint),
        s.name);
  }
  bool arguments_are_inputs() const {
    if (graph_.arguments.size() != graph_.inputs.size()) return false;
    for (size_t i = 0; i < graph_.inputs.size(); i++)
      if (graph_.arguments[i].value != graph_.inputs[i]) return false;
    return true;
  }
  void argument(const Graph::Argument& argument) {
    line("argument " + (argument.value >= 0    ? name(argument.value)
                        : argument.symbol >= 0 ? hidet::format("s{}", argument.symbol)
                                               : std::string("none")),
         "");
  }

  void node(const Node& node) {
    auto name_value = [this](ValueId id) { return name(id); };
    std::string operands;
    if (node.op == Op::aten) {
      for (const Attribute& argument : node.aten_arguments)
        operands += (operands.empty() ? "" : ", ") + text_of(argument, name_value);
    } else {
      for (ValueId id : node.inputs) operands += (operands.empty() ? "" : ", ") + name(id);
    }
    std::string results;
    for (ValueId id : node.outputs)
      results += (results.empty() ? "" : ", ") +
                 (id < 0 ? std::string("_") : define(id) + ": " + type(id));
    std::string text = hidet::format("{} = {}({})", results, operator_text(node), operands);
    for (const auto& [key, attribute] : node.attributes)
      if (key != "function" && key != "kind")
        text += hidet::format(" {}={}", key, text_of(attribute, name_value));
    if (!node.aten_reason.empty()) text += " because " + quoted(node.aten_reason);
    line(text, node.name);
  }
  static std::string operator_text(const Node& node) {
    if (node.op == Op::aten) return node.aten;
    if (node.op == Op::reduce) return hidet::format("reduce.{}", name_of(reduction_kind(node)));
    return std::string(label_of(node));
  }

  const Graph& graph_;
  std::vector<int> numbers_;  // by value
  int next_ = 0;
  std::string text_;
};

}  // namespace

std::string text_of(const Attribute& attribute,
                    const std::function<std::string(ValueId)>& name_value) {
  struct Visitor {
    const std::function<std::string(ValueId)>& name_value;
    std::string operator()(std::monostate) const { return "none"; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(int64_t v) const { return hidet::format("{}", v); }
    std::string operator()(double v) const { return real_text(v); }
    std::string operator()(const std::string& v) const { return quoted(v); }
    std::string operator()(const SizeExpr& v) const { return "{" + v.text() + "}"; }
    std::string operator()(const TensorArgument& v) const {
      return name_value ? name_value(v.value) : hidet::format("%{}", v.value);
    }
    std::string operator()(const OpaqueArgument& v) const { return v.kind + quoted(v.text); }
    std::string operator()(const AttributeList& v) const {
      std::string text = "[";
      for (const Attribute& item : v)
        text += (text.size() > 1 ? ", " : "") + std::visit(*this, item.value);
      return text + "]";
    }
  };
  return std::visit(Visitor{name_value}, attribute.value);
}

std::string print(const Graph& graph) {
  return GraphPrinter(graph).print();
}

}  // namespace hidet
