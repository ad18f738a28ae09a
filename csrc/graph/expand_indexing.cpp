#include "graph/expand_operators.h"

namespace hidet {

namespace {

using Results = std::vector<ValueId>;

// Extent and position as constants: what stands before, between and behind.
struct Stretch {
  int64_t start, length;
};
Stretch constant_stretch(const SizeExpr& extent, const SizeExpr& start, const SizeExpr& length) {
  auto at = start.as_constant(), count = length.as_constant();
  if (!at || !count || !extent.as_constant()) throw DeclinedCall{"a stretch of symbolic size"};
  return {*at, *count};
}

// `x` with `part` at a stretch of one axis.
ValueId replace_stretch(GraphEditor& editor, ValueId x, ValueId part, int64_t axis,
                        const SizeExpr& start) {
  const SizeExpr extent = editor.shape(x)[axis];
  auto [at, length] = constant_stretch(extent, start, editor.shape(part)[axis]);
  std::vector<ValueId> pieces;
  if (at > 0) pieces.push_back(editor.slice(x, axis, SizeExpr(0), SizeExpr(at)));
  pieces.push_back(editor.cast(part, editor.dtype(x)));
  const SizeExpr rest = extent - SizeExpr(at + length);
  if (rest != SizeExpr(0)) pieces.push_back(editor.slice(x, axis, SizeExpr(at + length), rest));
  return editor.cat(pieces, axis);
}

// slice_scatter(x, part, axis, start?, end?, step).
Results slice_scatter(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  if (call.integer(5, 1) != 1) throw DeclinedCall{"a stretch with steps"};
  const int64_t axis = wrap_axis(call.integer(2), editor.rank(x));
  SizeExpr start(0);
  if (!call.is_none(3)) start = clamp_position(call.size(3), editor.shape(x)[axis]);
  return {replace_stretch(editor, x, call.tensor(1), axis, start)};
}

// select_scatter(x, part, axis, index).
Results select_scatter(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  const int64_t axis = wrap_axis(call.integer(2), editor.rank(x));
  const int64_t index = call.integer(3);
  std::vector<SizeExpr> shape = editor.shape(x);
  const SizeExpr start = index < 0 ? shape[axis] + SizeExpr(index) : SizeExpr(index);
  shape[axis] = SizeExpr(1);
  return {replace_stretch(editor, x, editor.reshape(call.tensor(1), shape), axis, start)};
}

// Zeros with the gradient at a stretch: slice_backward(g, sizes, axis, start, end, step) and
// select_backward(g, sizes, axis, index).
Results stretch_backward(GraphEditor& editor, const AtenCall& call) {
  ValueId g = call.tensor(0);
  const bool is_slice = call.count() > 4;
  if (is_slice && call.integer(5, 1) != 1) throw DeclinedCall{"a stretch with steps"};
  const std::vector<SizeExpr>& shape = call.result().shape;
  const auto rank = static_cast<int64_t>(shape.size());
  const int64_t axis = wrap_axis(call.integer(2), rank);
  const SizeExpr start = clamp_position(call.size(3), shape[axis]);
  if (!is_slice) {
    std::vector<SizeExpr> with_one = shape;
    with_one[axis] = SizeExpr(1);
    g = editor.reshape(g, with_one);
  }
  auto [at, length] = constant_stretch(shape[axis], start, editor.shape(g)[axis]);
  std::vector<int64_t> before(rank, 0), after(rank, 0);
  before[axis] = at;
  after[axis] = *shape[axis].as_constant() - at - length;
  if (before[axis] == 0 && after[axis] == 0) return {g};
  return {editor.pad(g, before, after, {int64_t{0}})};
}

// embedding(weight, indices, ...): a negative index is an error in eager, too.
Results embedding(GraphEditor& editor, const AtenCall& call) {
  return {editor.take(call.tensor(0), call.tensor(1))};
}

// index.Tensor(x, [none, i0, i1, ...]): integers on neighbouring axes, whose place the axes of the
// integers take.
Results index_axes(GraphEditor& editor, const AtenCall& call) {
  const auto* list = std::get_if<AttributeList>(&call.argument(1).value);
  if (!list) throw DeclinedCall{"argument 1 is no list"};
  int64_t first = 0, end = static_cast<int64_t>(list->size());
  auto is_none = [&](int64_t i) {
    return std::holds_alternative<std::monostate>((*list)[i].value);
  };
  while (first < end && is_none(first)) first++;
  while (end > first && is_none(end - 1)) end--;
  Results positions;
  for (int64_t i = first; i < end; i++) {
    if (is_none(i)) throw DeclinedCall{"an index on axes that are no neighbours"};
    positions.push_back(call.tensor_of((*list)[i]));
    const DType dtype = editor.dtype(positions.back());
    if (!is_integer(dtype) || dtype == DType::u8) throw DeclinedCall{"an index by a mask"};
  }
  ValueId x = call.tensor(0);
  // The indexed axes to the front, and the axes of the integers back to their place.
  std::vector<int64_t> order;
  for (int64_t i = first; i < end; i++) order.push_back(i);
  for (int64_t i = 0; i < editor.rank(x); i++)
    if (i < first || i >= end) order.push_back(i);
  ValueId found = editor.index(editor.permute(x, order), positions);
  const int64_t new_axes = editor.rank(found) - (editor.rank(x) - (end - first));
  std::vector<int64_t> back;
  for (int64_t i = 0; i < first; i++) back.push_back(new_axes + i);
  for (int64_t i = 0; i < new_axes; i++) back.push_back(i);
  for (int64_t i = new_axes + first; i < editor.rank(found); i++) back.push_back(i);
  return {editor.permute(found, back)};
}

Results gather_axis(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  if (editor.rank(x) == 0) throw DeclinedCall{"a gather without axes"};
  return {editor.gather(x, wrap_axis(call.integer(1), editor.rank(x)), call.tensor(2))};
}

}  // namespace

void add_indexing_expansions(ExpansionTable& table) {
  table["aten::slice_scatter"] = slice_scatter;
  table["aten::select_scatter"] = select_scatter;
  table["aten::slice_backward"] = stretch_backward;
  table["aten::select_backward"] = stretch_backward;
  table["aten::embedding"] = embedding;
  table["aten::index.Tensor"] = index_axes;
  table["aten::gather"] = gather_axis;
}

}  // namespace hidet
