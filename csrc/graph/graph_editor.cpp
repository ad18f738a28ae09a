#include "graph/graph_editor.h"

#include <algorithm>
#include <cmath>

#include "graph/declined_call.h"
#include "graph/promotion.h"

namespace hidet {

ValueId GraphEditor::add(Node node, DType dtype, std::vector<SizeExpr> shape) {
  Value value;
  value.dtype = dtype;
  value.shape = std::move(shape);
  value.producer = static_cast<NodeId>(graph_.nodes.size());
  value.name = name_;
  graph_.values.push_back(std::move(value));
  const ValueId id = static_cast<ValueId>(graph_.values.size()) - 1;
  node.outputs = {id};
  if (node.name.empty()) node.name = name_;
  graph_.nodes.push_back(std::move(node));
  return id;
}

std::vector<SizeExpr> GraphEditor::broadcast(const std::vector<SizeExpr>& a,
                                             const std::vector<SizeExpr>& b) {
  std::vector<SizeExpr> result = a.size() >= b.size() ? a : b;
  const std::vector<SizeExpr>& other = a.size() >= b.size() ? b : a;
  const size_t offset = result.size() - other.size();
  for (size_t axis = 0; axis < other.size(); axis++)
    if (result[offset + axis] == SizeExpr(1)) result[offset + axis] = other[axis];
  return result;
}

bool GraphEditor::broadcasts(const std::vector<SizeExpr>& from, const std::vector<SizeExpr>& to) {
  if (from.size() > to.size()) return false;
  for (size_t axis = 0; axis < from.size(); axis++)
    if (from[axis] != SizeExpr(1) && from[axis] != to[to.size() - from.size() + axis]) return false;
  return true;
}

namespace {
constexpr int64_t kExactInDouble = int64_t{1} << 53;

// Equal numbers of one dtype are equal attributes.
Attribute number_of_dtype(DType dtype, const Attribute& attribute) {
  if (const auto* size = std::get_if<SizeExpr>(&attribute.value)) {
    if (auto constant = size->as_constant()) return number_of_dtype(dtype, {*constant});
    return attribute;
  }
  if (const auto* flag = std::get_if<bool>(&attribute.value))
    return number_of_dtype(dtype, {static_cast<int64_t>(*flag)});
  if (const auto* integer = std::get_if<int64_t>(&attribute.value)) {
    if (is_boolean(dtype)) return {*integer != 0};
    if (is_floating(dtype) && std::abs(*integer) <= kExactInDouble)
      return {static_cast<double>(*integer)};
    return attribute;
  }
  if (const auto* real = std::get_if<double>(&attribute.value)) {
    if (is_floating(dtype)) return attribute;
    if (is_boolean(dtype)) return {*real != 0};
    if (std::abs(*real) <= kExactInDouble) return {static_cast<int64_t>(*real)};
  }
  throw DeclinedCall{"no number of the result's type"};
}
}  // namespace

ValueId GraphEditor::number(DType dtype, const Attribute& value, std::vector<SizeExpr> shape) {
  Node node{.op = Op::full};
  node.attributes["value"] = number_of_dtype(dtype, value);
  return add(std::move(node), dtype, std::move(shape));
}

ValueId GraphEditor::iota(DType dtype, SizeExpr length, Attribute start, Attribute step) {
  Node node{.op = Op::iota};
  node.attributes["start"] = std::move(start);
  node.attributes["step"] = std::move(step);
  return add(std::move(node), dtype, {std::move(length)});
}

ValueId GraphEditor::apply(Function function, std::vector<ValueId> operands) {
  std::vector<SizeExpr> result;
  for (ValueId operand : operands) result = broadcast(result, shape(operand));
  const ValueId first = operands[function == Function::where ? 1 : 0];
  const bool boolean = (function >= Function::eq && function <= Function::is_inf);
  Node node{.op = Op::apply};
  node.inputs = std::move(operands);
  node.attributes["function"] = {static_cast<int64_t>(function)};
  return add(std::move(node), boolean ? DType::b8 : dtype(first), std::move(result));
}

ValueId GraphEditor::cast(ValueId value, DType to) {
  if (dtype(value) == to) return value;
  Node node{.op = Op::cast};
  node.inputs = {value};
  return add(std::move(node), to, shape(value));
}

ValueId GraphEditor::explicit_cast(ValueId value, DType to) {
  if (dtype(value) == to) return value;
  Node node{.op = Op::cast};
  node.inputs = {value};
  node.attributes["explicit"] = {true};
  return add(std::move(node), to, shape(value));
}

ValueId GraphEditor::is_nonzero(ValueId value) {
  if (dtype(value) == DType::b8) return value;
  const DType type = arithmetic_type(dtype(value));
  return apply(Function::ne, {cast(value, type), number(type, {int64_t{0}})});
}

ValueId GraphEditor::reshape(ValueId value, std::vector<SizeExpr> to) {
  if (shape(value) == to) return value;
  Node node{.op = Op::reshape};
  node.inputs = {value};
  return add(std::move(node), dtype(value), std::move(to));
}

ValueId GraphEditor::permute(ValueId value, std::vector<int64_t> order) {
  std::vector<SizeExpr> result;
  for (int64_t axis : order) result.push_back(shape(value)[axis]);
  if (std::is_sorted(order.begin(), order.end())) return value;
  Node node{.op = Op::permute};
  node.inputs = {value};
  node.attributes["order"] = ints(order);
  return add(std::move(node), dtype(value), std::move(result));
}

ValueId GraphEditor::expand(ValueId value, std::vector<SizeExpr> to) {
  const std::vector<SizeExpr>& from = shape(value);
  if (from == to) return value;
  if (!broadcasts(from, to)) throw DeclinedCall{"a shape that does not broadcast to the result's"};
  Node node{.op = Op::expand};
  node.inputs = {value};
  return add(std::move(node), dtype(value), std::move(to));
}

ValueId GraphEditor::slice(ValueId value, int64_t axis, SizeExpr start, SizeExpr length,
                           int64_t step) {
  std::vector<SizeExpr> result = shape(value);
  if (result[axis] == length && start == SizeExpr(0) && step == 1) return value;
  result[axis] = std::move(length);
  Node node{.op = Op::slice};
  node.inputs = {value};
  node.attributes["axis"] = {axis};
  node.attributes["start"] = {std::move(start)};
  node.attributes["step"] = {step};
  return add(std::move(node), dtype(value), std::move(result));
}

ValueId GraphEditor::flip(ValueId value, const std::vector<int64_t>& axes) {
  Node node{.op = Op::flip};
  node.inputs = {value};
  node.attributes["axes"] = ints(axes);
  return add(std::move(node), dtype(value), shape(value));
}

ValueId GraphEditor::cat(std::vector<ValueId> values, int64_t axis) {
  if (values.size() == 1) return values[0];
  std::vector<SizeExpr> result = shape(values[0]);
  for (size_t i = 1; i < values.size(); i++) result[axis] = result[axis] + shape(values[i])[axis];
  const DType type = dtype(values[0]);
  Node node{.op = Op::cat};
  node.inputs = std::move(values);
  node.attributes["axis"] = {axis};
  return add(std::move(node), type, std::move(result));
}

ValueId GraphEditor::pad(ValueId value, std::vector<int64_t> before, std::vector<int64_t> after,
                         const Attribute& v) {
  std::vector<SizeExpr> result = shape(value);
  for (size_t axis = 0; axis < result.size(); axis++)
    result[axis] = result[axis] + SizeExpr(before[axis] + after[axis]);
  Node node{.op = Op::pad};
  node.inputs = {value};
  node.attributes["before"] = ints(before);
  node.attributes["value"] = number_of_dtype(dtype(value), v);
  return add(std::move(node), dtype(value), std::move(result));
}

ValueId GraphEditor::take(ValueId table, ValueId rows) {
  std::vector<SizeExpr> result = shape(rows);
  result.insert(result.end(), shape(table).begin() + 1, shape(table).end());
  Node node{.op = Op::take};
  node.inputs = {table, rows};
  return add(std::move(node), dtype(table), std::move(result));
}

ValueId GraphEditor::index(ValueId table, std::vector<ValueId> positions) {
  std::vector<SizeExpr> result;
  for (ValueId position : positions) result = broadcast(result, shape(position));
  result.insert(result.end(), shape(table).begin() + positions.size(), shape(table).end());
  Node node{.op = Op::index};
  node.inputs = {table};
  node.inputs.insert(node.inputs.end(), positions.begin(), positions.end());
  return add(std::move(node), dtype(table), std::move(result));
}

ValueId GraphEditor::gather(ValueId table, int64_t axis, ValueId positions) {
  Node node{.op = Op::gather};
  node.inputs = {table, positions};
  node.attributes["axis"] = {axis};
  return add(std::move(node), dtype(table), shape(positions));
}

ValueId GraphEditor::reduce(ReduceKind kind, ValueId value, std::vector<int64_t> axes,
                            bool keep_axes, DType result) {
  std::sort(axes.begin(), axes.end());
  std::vector<SizeExpr> kept, with_ones;
  for (int64_t axis = 0; axis < rank(value); axis++) {
    const bool reduced = std::find(axes.begin(), axes.end(), axis) != axes.end();
    if (!reduced) kept.push_back(shape(value)[axis]);
    with_ones.push_back(reduced ? SizeExpr(1) : shape(value)[axis]);
  }
  ValueId out = cast(value, result);
  if (!axes.empty()) {
    Node node{.op = Op::reduce};
    node.inputs = {out};
    node.attributes["kind"] = {static_cast<int64_t>(kind)};
    node.attributes["axes"] = ints(axes);
    out = add(std::move(node), result, std::move(kept));
  }
  return keep_axes ? reshape(out, std::move(with_ones)) : out;
}

ValueId GraphEditor::matmul(ValueId a, ValueId b) {
  std::vector<SizeExpr> result = shape(a);
  result.back() = shape(b).back();
  Node node{.op = Op::matmul};
  node.inputs = {a, b};
  return add(std::move(node), arithmetic_type(dtype(a)), std::move(result));
}

ValueId GraphEditor::attention(ValueId q, ValueId k, ValueId v, std::optional<ValueId> mask,
                               double scale, bool causal) {
  std::vector<SizeExpr> result = shape(q);
  result.back() = shape(v).back();
  Node node{.op = Op::attention};
  node.inputs = {q, k, v};
  if (mask) node.inputs.push_back(*mask);
  node.attributes["scale"] = {scale};
  node.attributes["causal"] = {static_cast<int64_t>(causal)};
  return add(std::move(node), dtype(q), std::move(result));
}

}  // namespace hidet
