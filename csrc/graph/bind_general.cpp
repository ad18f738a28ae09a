#include "graph/bind_general.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "graph/graph_text.h"
#include "graph/operators.h"
#include "graph/rename_symbols.h"

namespace hidet {

namespace {

using Shape = std::vector<SizeExpr>;

// Their result is what its shape and the first operand say.
bool is_reshape(const Node& node) {
  constexpr std::array<std::string_view, 4> names{"aten::view", "aten::_unsafe_view",
                                                  "aten::reshape", "aten::expand"};
  return node.op == Op::aten && std::find(names.begin(), names.end(), node.aten) != names.end();
}

const TensorArgument* first_operand(const Node& node) {
  return node.aten_arguments.empty()
             ? nullptr
             : std::get_if<TensorArgument>(&node.aten_arguments.front().value);
}

bool is_symbol(const SizeExpr& size) {
  return size.kind() == SizeExpr::Kind::symbol;
}

// Nodes and values of the two graphs that are the same under `images_`.
class Match {
 public:
  Match(const Graph& general, const Graph& special)
      : general_(general),
        special_(special),
        images_(general.symbols.size()),
        partners_(general.values.size(), -1),
        aliases_(special.values.size(), -1) {}

  std::optional<Graph> run() {
    if (general_.device != special_.device) return std::nullopt;
    if (!inputs() || !nodes() || !results()) return std::nullopt;
    return bound();
  }

 private:
  SizeExpr image(const SizeExpr& size) const {
    std::vector<SizeExpr> values;
    for (const auto& symbol : images_) values.push_back(*symbol);
    return size.substitute(values);
  }
  Shape image(const Shape& shape) const {
    Shape result;
    for (const SizeExpr& extent : shape) result.push_back(image(extent));
    return result;
  }

  bool is_bound() const {
    return std::all_of(images_.begin(), images_.end(), [](const auto& i) { return bool(i); });
  }
  void bind(const SizeExpr& size, const SizeExpr& to) {
    if (!is_symbol(size) || images_[size.symbol_index()]) return;
    if (to == SizeExpr(1) || is_symbol(to)) images_[size.symbol_index()] = to;
  }

  // Tensors among the arguments pair up in order, and tell what the symbols are.
  bool inputs() {
    const auto tensors = [](const Graph& graph) {
      std::vector<ValueId> values;
      for (const Graph::Argument& argument : graph.arguments)
        if (argument.value >= 0) values.push_back(argument.value);
      return values;
    };
    const std::vector<ValueId> from = tensors(general_), to = tensors(special_);
    if (from.size() != to.size()) return false;
    for (size_t i = 0; i < from.size(); i++) {
      const Value &a = general_.values[from[i]], &b = special_.values[to[i]];
      if (a.weight != b.weight || a.shape.size() != b.shape.size() ||
          a.border_strides.has_value() != b.border_strides.has_value())
        return false;
      for (size_t axis = 0; axis < a.shape.size(); axis++) {
        bind(a.shape[axis], b.shape[axis]);
        if (a.border_strides && b.shape[axis] != SizeExpr(1))
          bind((*a.border_strides)[axis], (*b.border_strides)[axis]);
      }
      partners_[from[i]] = to[i];
    }
    if (!is_bound()) return false;
    for (size_t i = 0; i < from.size(); i++)
      if (!same_value(from[i], to[i]) || !same_strides(from[i], to[i])) return false;
    return true;
  }

  bool same_value(ValueId a, ValueId b) const {
    const Value &from = general_.values[a], &to = special_.values[b];
    return from.dtype == to.dtype && from.elsewhere == to.elsewhere &&
           image(from.shape) == to.shape;
  }
  bool same_strides(ValueId a, ValueId b) const {
    const auto &from = general_.values[a].border_strides, &to = special_.values[b].border_strides;
    if (!from || !to) return from.has_value() == to.has_value();
    const Shape& shape = special_.values[b].shape;
    for (size_t axis = 0; axis < shape.size(); axis++)
      if (shape[axis] != SizeExpr(1) && image((*from)[axis]) != (*to)[axis]) return false;
    return true;
  }

  ValueId resolved(ValueId special) const {
    return aliases_[special] < 0 ? special : aliases_[special];
  }
  bool are_partners(ValueId a, ValueId b) const {
    return a < 0 || b < 0 ? a == b : partners_[a] >= 0 && partners_[a] == resolved(b);
  }

  bool same_attribute(const Attribute& a, const Attribute& b) const {
    if (const auto from = as_size(a), to = as_size(b); from && to) return image(*from) == *to;
    if (a.value.index() != b.value.index()) return false;
    if (const auto* tensor = std::get_if<TensorArgument>(&a.value))
      return are_partners(tensor->value, std::get<TensorArgument>(b.value).value);
    const auto* list = std::get_if<AttributeList>(&a.value);
    if (!list) return text_of(a) == text_of(b);
    return same_list(*list, std::get<AttributeList>(b.value));
  }
  bool same_list(const AttributeList& a, const AttributeList& b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](const Attribute& x, const Attribute& y) { return same_attribute(x, y); });
  }

  bool same_node(const Node& a, const Node& b) const {
    if (a.op != Op::aten || b.op != Op::aten || a.aten != b.aten ||
        a.outputs.size() != b.outputs.size())
      return false;
    for (size_t i = 0; i < a.outputs.size(); i++) {
      if ((a.outputs[i] < 0) != (b.outputs[i] < 0)) return false;
      if (a.outputs[i] >= 0 && !same_value(a.outputs[i], b.outputs[i])) return false;
    }
    const TensorArgument *from = first_operand(a), *to = first_operand(b);
    if (is_reshape(a) && from && to) return are_partners(from->value, to->value);
    return same_list(a.aten_arguments, b.aten_arguments);
  }

  // The operand that a node's result equals, for a view that leaves out and moves nothing.
  template <class Image>
  static std::optional<ValueId> unchanged(const Graph& graph, const Node& node, Image&& image) {
    if (!is_reshape(node) && !(node.op == Op::aten && node.aten == "aten::slice.Tensor"))
      return std::nullopt;
    const TensorArgument* operand = first_operand(node);
    if (!operand || operand->value < 0 || node.outputs.size() != 1 || node.outputs[0] < 0)
      return std::nullopt;
    const Value &from = graph.values[operand->value], &to = graph.values[node.outputs[0]];
    if (from.dtype != to.dtype || image(from.shape) != image(to.shape)) return std::nullopt;
    return operand->value;
  }

  bool nodes() {
    size_t i = 0, j = 0;
    while (i < general_.nodes.size() || j < special_.nodes.size()) {
      const Node* a = i < general_.nodes.size() ? &general_.nodes[i] : nullptr;
      const Node* b = j < special_.nodes.size() ? &special_.nodes[j] : nullptr;
      if (a && b && same_node(*a, *b)) {
        for (size_t k = 0; k < a->outputs.size(); k++)
          if (a->outputs[k] >= 0) partners_[a->outputs[k]] = b->outputs[k];
        i++, j++;
        continue;
      }
      if (a) {
        if (auto as = unchanged(general_, *a, [&](const Shape& s) { return image(s); })) {
          partners_[a->outputs[0]] = partners_[*as];
          i++;
          continue;
        }
      }
      if (!b) return false;
      auto as = unchanged(special_, *b, [](const Shape& s) { return s; });
      if (!as) return false;
      aliases_[b->outputs[0]] = resolved(*as);
      j++;
    }
    return true;
  }

  // Outputs are the same memory, too: whether they are views of something must not differ.
  bool results() const {
    const auto same = [&](ValueId a, ValueId b) {
      if (a < 0 || b < 0) return a == b;
      const NodeId from = general_.values[a].producer, to = special_.values[b].producer;
      return are_partners(a, b) && resolved(b) == b && (from < 0) == (to < 0) &&
             (from < 0 || general_.nodes[from].aten == special_.nodes[to].aten) &&
             same_strides(a, b);
    };
    return std::equal(general_.outputs.begin(), general_.outputs.end(), special_.outputs.begin(),
                      special_.outputs.end(), same) &&
           std::equal(general_.mutations.begin(), general_.mutations.end(),
                      special_.mutations.begin(), special_.mutations.end(),
                      [&](const auto& a, const auto& b) {
                        return same(a.first, b.first) && same(a.second, b.second);
                      });
  }

  std::optional<Graph> bound() const {
    std::vector<Symbol> symbols = special_.symbols;
    std::vector<bool> taken(symbols.size(), false);
    std::vector<SizeExpr> names;
    for (size_t i = 0; i < images_.size(); i++) {
      // Ranges of the general graph, so that what follows from them is the same; and those sizes.
      Symbol symbol = general_.symbols[i];
      symbol.lower = std::min(symbol.lower, range_of(*images_[i]).lower);
      symbol.upper = std::max(symbol.upper, range_of(*images_[i]).upper);
      symbol.divisor = std::gcd(symbol.divisor, range_of(*images_[i]).divisor);
      if (is_symbol(*images_[i]) && !taken[images_[i]->symbol_index()]) {
        taken[images_[i]->symbol_index()] = true;
        symbols[images_[i]->symbol_index()] = std::move(symbol);
        names.push_back(*images_[i]);
      } else {
        names.push_back(SizeExpr::symbol(static_cast<int>(symbols.size())));
        symbols.push_back(std::move(symbol));
      }
    }
    Graph graph = rename_symbols(general_, names);
    graph.symbols = std::move(symbols);
    std::vector<ValueId> tensors;
    for (const Graph::Argument& argument : graph.arguments)
      if (argument.value >= 0) tensors.push_back(argument.value);
    graph.arguments = special_.arguments;
    size_t next = 0;
    for (Graph::Argument& argument : graph.arguments)
      if (argument.value >= 0) argument.value = tensors[next++];
    for (size_t i = 0; i < graph.symbols.size(); i++)
      if (!is_told(graph, static_cast<int>(i))) return std::nullopt;
    return graph;
  }

  Symbol range_of(const SizeExpr& image) const {
    return is_symbol(image) ? special_.symbols[image.symbol_index()]
                            : Symbol{.lower = 1, .upper = 1};
  }

  // Whether an argument says what a symbol is.
  static bool is_told(const Graph& graph, int symbol) {
    return std::any_of(graph.arguments.begin(), graph.arguments.end(), [&](const auto& argument) {
      if (argument.symbol == symbol) return true;
      if (argument.value < 0) return false;
      const Shape& shape = graph.values[argument.value].shape;
      return std::find(shape.begin(), shape.end(), SizeExpr::symbol(symbol)) != shape.end();
    });
  }

  const Graph &general_, &special_;
  std::vector<std::optional<SizeExpr>> images_;  // of the symbols of general_
  std::vector<ValueId> partners_;  // by value of general_: the same value of special_, or -1
  std::vector<ValueId> aliases_;   // by value of special_: the earlier value that it equals, or -1
};

}  // namespace

bool assumes_equal_sizes(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    const bool indexes = node.op == Op::index;
    if (node.op != Op::apply && !indexes) continue;
    const Shape& out = graph.values[node.outputs[0]].shape;
    // Axes of an indexed table that have no position come last.
    const size_t rest =
        indexes ? graph.values[node.inputs[0]].shape.size() - (node.inputs.size() - 1) : 0;
    for (size_t operand = indexes; operand < node.inputs.size(); operand++) {
      const Shape& shape = graph.values[node.inputs[operand]].shape;
      const size_t offset = out.size() - rest - shape.size();
      for (size_t axis = 0; axis < shape.size(); axis++)
        if (shape[axis] != SizeExpr(1) && shape[axis] != out[offset + axis]) return true;
    }
  }
  return false;
}

std::optional<Graph> bind_general(const Graph& general, const Graph& special) {
  return Match(general, special).run();
}

}  // namespace hidet
