#include "graph/fold_constants.h"

#include <algorithm>

#include "arith/analyzer.h"
#include "graph/operators.h"

namespace hidet {

namespace {

// More elements than a memory holds. Those of an iota exist in eager mode.
constexpr int64_t kMostElements = int64_t{1} << 56;

bool has_range(DType dtype) {
  return is_integer(dtype) && dtype != DType::u64;
}

// Views of the operand: each of their elements is one of it.
bool is_view(Op op) {
  return op == Op::reshape || op == Op::permute || op == Op::expand || op == Op::slice ||
         op == Op::flip;
}

Range range_of(const SizeExpr& size, const std::vector<Symbol>& symbols) {
  if (auto constant = size.as_constant()) return Range::point(*constant);
  if (size.kind() == SizeExpr::Kind::symbol) {
    const auto index = static_cast<size_t>(size.symbol_index());
    return index < symbols.size() ? Range{symbols[index].lower, symbols[index].upper} : Range{};
  }
  std::optional<Range> result;
  for (const SizeExpr& operand : size.operands()) {
    const Range next = range_of(operand, symbols);
    if (!result) {
      result = next;
      continue;
    }
    switch (size.kind()) {
      case SizeExpr::Kind::add:
        result = *result + next;
        break;
      case SizeExpr::Kind::mul:
        result = *result * next;
        break;
      case SizeExpr::Kind::min:
        result = min(*result, next);
        break;
      case SizeExpr::Kind::max:
        result = max(*result, next);
        break;
      case SizeExpr::Kind::floordiv:
        result = floor_divide(*result, next);
        break;
      case SizeExpr::Kind::mod:
        result = modulo(*result, next);
        break;
      default:
        return {};
    }
  }
  return result.value_or(Range{});
}

Range range_of(const Node& node, const std::string& attribute, const std::vector<Symbol>& symbols) {
  const auto size = as_size(node.attributes.at(attribute));
  return size ? range_of(*size, symbols) : Range{};
}

Expr constant(Context& context, DType dtype, const Attribute& number) {
  if (const auto* real = std::get_if<double>(&number.value))
    return context.constant(Type{dtype}, *real);
  if (const auto* flag = std::get_if<bool>(&number.value))
    return context.constant(Type{dtype}, static_cast<int64_t>(*flag));
  return context.constant(Type{dtype}, std::get<int64_t>(number.value));
}

Attribute attribute_of(const Constant& constant) {
  if (is_floating(constant.type.dtype)) return {constant.as_float()};
  if (is_boolean(constant.type.dtype)) return {constant.as_int() != 0};
  return {constant.as_int()};
}

// One element of a node's result. Operands are variables that the analyzer knows nothing of, so
// that it takes them as data, which wraps; those with a range are clamped to it, which is the same
// number.
struct ResultElement {
  Context context;
  std::vector<Expr> operands;
  Expr value;

  ResultElement(const Graph& graph, const Node& node, DType result, ConstantFolder& folder) {
    for (size_t i = 0; i < node.inputs.size(); i++) {
      const ValueId input = node.inputs[i];
      Expr same;
      for (size_t before = 0; before < i && !same; before++)
        if (node.inputs[before] == input) same = operands[before];
      operands.push_back(same ? same : operand(graph.values[input].dtype, input, folder));
    }
    value = node.op == Op::cast ? context.cast(result, operands[0])
                                : context.call(function_of(node), operands);
  }

 private:
  Expr operand(DType dtype, ValueId id, ConstantFolder& folder) {
    if (auto number = folder.number(id)) return constant(context, dtype, *number);
    Expr x = context.variable(context.make_var(Type{dtype}, "x"));
    if (!has_range(dtype)) return x;
    const Range range = folder.range(id), whole = Range::of(dtype);
    auto bound = [&](int64_t end) { return context.constant(Type{dtype}, end); };
    if (range.lower > whole.lower) x = context.call(Function::max, {x, bound(range.lower)});
    if (range.upper < whole.upper) x = context.call(Function::min, {x, bound(range.upper)});
    return x;
  }
};

}  // namespace

const Node* ConstantFolder::behind_views(ValueId value) const {
  for (;;) {
    const NodeId id = graph_.values[value].producer;
    if (id < 0) return nullptr;
    const Node& node = graph_.nodes[id];
    if (!is_view(node.op)) return &node;
    value = node.inputs[0];
  }
}

std::optional<Attribute> ConstantFolder::number(ValueId value) const {
  const Node* node = behind_views(value);
  if (!node || node->op != Op::full) return std::nullopt;
  const Attribute& number = node->attributes.at("value");
  if (std::holds_alternative<SizeExpr>(number.value)) return std::nullopt;
  return number;
}

Range ConstantFolder::range(ValueId value) {
  if (!has_range(graph_.values[value].dtype)) return Range::of(graph_.values[value].dtype);
  if (ranges_.size() < graph_.values.size()) ranges_.resize(graph_.values.size());
  if (!ranges_[value]) ranges_[value] = compute_range(value);
  return *ranges_[value];
}

Range ConstantFolder::compute_range(ValueId value) {
  const Range whole = Range::of(graph_.values[value].dtype);
  const Node* node = behind_views(value);
  if (!node) return whole;
  const auto wrapped = [&](Range r) { return r.is_bounded() && r.within(whole) ? r : whole; };
  switch (node->op) {
    case Op::full: {
      // A size does not overflow: its infinite ends are those of 64 bits.
      const Range r = range_of(*node, "value", graph_.symbols);
      return r.within(whole) ? r : whole;
    }
    case Op::iota: {
      const Range extent = range_of(graph_.values[node->outputs[0]].shape[0], graph_.symbols);
      const int64_t last = std::max<int64_t>(std::min(extent.upper, kMostElements) - 1, 0);
      return wrapped(range_of(*node, "start", graph_.symbols) +
                     range_of(*node, "step", graph_.symbols) * Range{0, last});
    }
    case Op::apply:
    case Op::cast: {
      ResultElement element(graph_, *node, graph_.values[node->outputs[0]].dtype, *this);
      Analyzer analyzer;
      return analyzer.range(analyzer.simplify(element.value));
    }
    default:
      return whole;
  }
}

Folded ConstantFolder::fold(const Node& node, DType result) {
  ResultElement element(graph_, node, result, *this);
  Analyzer analyzer;
  Expr value = analyzer.simplify(element.value);
  if (const auto* number = value.as<Constant>()) return {attribute_of(*number), -1};
  for (size_t i = 0; i < element.operands.size(); i++)
    if (value == analyzer.simplify(element.operands[i])) return {std::nullopt, node.inputs[i]};
  return {};
}

}  // namespace hidet
