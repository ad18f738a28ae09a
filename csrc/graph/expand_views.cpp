#include <algorithm>
#include <numeric>

#include "graph/expand_operators.h"

namespace hidet {

// A position on an axis, clamped as Python does; negative ones count from the end.
SizeExpr clamp_position(const SizeExpr& position, const SizeExpr& extent) {
  auto constant = position.as_constant();
  if (!constant) throw DeclinedCall{"a bound of a slice is no constant"};
  if (*constant < 0) return max(extent + position, SizeExpr(0));
  if (auto length = extent.as_constant()) return SizeExpr(std::min(*constant, *length));
  return min(position, extent);
}

namespace {

using Results = std::vector<ValueId>;

// All views whose result is given by its shape alone.
Results to_shape(GraphEditor& editor, const AtenCall& call) {
  return {editor.reshape(call.tensor(0), call.result().shape)};
}

Results expand_to(GraphEditor& editor, const AtenCall& call) {
  return {editor.expand(call.tensor(0), call.result().shape)};
}

Results permute_axes(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  std::vector<int64_t> order = call.integers(1);
  for (int64_t& axis : order) axis = wrap_axis(axis, editor.rank(x));
  return {editor.permute(x, order)};
}

Results exchange(GraphEditor& editor, ValueId x, int64_t a, int64_t b) {
  std::vector<int64_t> order(editor.rank(x));
  std::iota(order.begin(), order.end(), 0);
  if (order.empty()) return {x};
  std::swap(order[wrap_axis(a, editor.rank(x))], order[wrap_axis(b, editor.rank(x))]);
  return {editor.permute(x, order)};
}

Results transpose_axes(GraphEditor& editor, const AtenCall& call) {
  return exchange(editor, call.tensor(0), call.integer(1), call.integer(2));
}

Results matrix_transpose(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  return editor.rank(x) < 2 ? Results{x} : exchange(editor, x, 0, 1);
}

Results slice_axis(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  const int64_t axis = wrap_axis(call.integer(1), editor.rank(x));
  const SizeExpr& extent = editor.shape(x)[axis];
  const SizeExpr& length = call.result().shape[axis];
  const int64_t step = call.count() > 4 ? call.integer(4, 1) : 1;
  SizeExpr start(0);
  if (!call.is_none(2) && call.size(2) != SizeExpr(0)) start = clamp_position(call.size(2), extent);
  return {editor.slice(x, axis, start, length, step)};
}

Results select_index(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  const int64_t axis = wrap_axis(call.integer(1), editor.rank(x));
  SizeExpr at = call.size(2);
  auto constant = at.as_constant();
  if (!constant) throw DeclinedCall{"a selected index that is no constant"};
  if (*constant < 0) at = editor.shape(x)[axis] + at;
  ValueId one = editor.slice(x, axis, at, SizeExpr(1));
  return {editor.reshape(one, call.result().shape)};
}

Results split_axis(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  const int64_t axis = wrap_axis(call.integer(2), editor.rank(x));
  Results pieces;
  SizeExpr start(0);
  for (size_t i = 0; i < call.result_count(); i++) {
    if (!call.has_result(i)) throw DeclinedCall{"a piece of a split is no tensor"};
    const SizeExpr length = call.result(i).shape[axis];
    pieces.push_back(editor.slice(x, axis, start, length));
    start = start + length;
  }
  return pieces;
}

Results unbind(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  const int64_t axis = wrap_axis(call.integer(1), editor.rank(x));
  Results pieces;
  for (size_t i = 0; i < call.result_count(); i++) {
    ValueId one = editor.slice(x, axis, SizeExpr(static_cast<int64_t>(i)), SizeExpr(1));
    pieces.push_back(editor.reshape(one, call.result(i).shape));
  }
  return pieces;
}

Results join(GraphEditor& editor, const AtenCall& call) {
  Results operands;
  for (ValueId x : call.tensors(0)) {
    // An empty tensor of rank 1 joins anything.
    if (editor.rank(x) == 1 && editor.shape(x)[0] == SizeExpr(0) && call.result().shape.size() != 1)
      continue;
    operands.push_back(editor.cast(x, call.result().dtype));
  }
  if (operands.empty()) throw DeclinedCall{"nothing to join"};
  return {editor.cat(operands, wrap_axis(call.integer(1), editor.rank(operands[0])))};
}

Results stack(GraphEditor& editor, const AtenCall& call) {
  Results operands;
  const int64_t axis = wrap_axis(call.integer(1), static_cast<int64_t>(call.result().shape.size()));
  for (ValueId x : call.tensors(0)) {
    std::vector<SizeExpr> shape = editor.shape(x);
    shape.insert(shape.begin() + axis, SizeExpr(1));
    operands.push_back(editor.reshape(editor.cast(x, call.result().dtype), shape));
  }
  return {editor.cat(operands, axis)};
}

Results flip_axes(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  std::vector<int64_t> axes = call.integers(1);
  for (int64_t& axis : axes) axis = wrap_axis(axis, editor.rank(x));
  return {axes.empty() ? x : editor.flip(x, axes)};
}

Results constant_pad(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  const std::vector<int64_t> widths = call.integers(1);
  const int64_t rank = editor.rank(x);
  std::vector<int64_t> before(rank, 0), after(rank, 0);
  for (size_t i = 0; i + 1 < widths.size(); i += 2) {
    before[rank - 1 - i / 2] = widths[i];
    after[rank - 1 - i / 2] = widths[i + 1];
  }
  // Negative widths cut.
  for (int64_t axis = 0; axis < rank; axis++) {
    const int64_t front = std::max<int64_t>(-before[axis], 0);
    const int64_t back = std::max<int64_t>(-after[axis], 0);
    x = editor.slice(x, axis, SizeExpr(front), editor.shape(x)[axis] - SizeExpr(front + back));
    before[axis] += front;
    after[axis] += back;
  }
  if (editor.shape(x) == call.result().shape) return {x};
  return {editor.pad(x, before, after, call.argument(2))};
}

Results repeat_axes(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0);
  const std::vector<SizeExpr> counts = call.sizes(1);
  const size_t extra = counts.size() - editor.shape(x).size();
  // [a] repeated n times: [1, a] expanded to [n, a], seen as [n * a].
  std::vector<SizeExpr> with_ones, expanded;
  for (size_t axis = 0; axis < counts.size(); axis++) {
    const SizeExpr extent = axis < extra ? SizeExpr(1) : editor.shape(x)[axis - extra];
    with_ones.insert(with_ones.end(), {SizeExpr(1), extent});
    expanded.insert(expanded.end(), {counts[axis], extent});
  }
  ValueId wide = editor.expand(editor.reshape(x, with_ones), expanded);
  return {editor.reshape(wide, call.result().shape)};
}

}  // namespace

void add_view_expansions(ExpansionTable& table) {
  for (const char* name : {"aten::view", "aten::reshape", "aten::_unsafe_view", "aten::unsqueeze",
                           "aten::squeeze", "aten::squeeze.dim", "aten::squeeze.dims",
                           "aten::flatten.using_ints", "aten::unflatten.int"})
    table[name] = to_shape;
  table["aten::expand"] = expand_to;
  table["aten::permute"] = permute_axes;
  table["aten::transpose.int"] = transpose_axes;
  table["aten::t"] = matrix_transpose;
  table["aten::slice.Tensor"] = slice_axis;
  table["aten::select.int"] = select_index;
  table["aten::split.Tensor"] = split_axis;
  table["aten::split_with_sizes"] = split_axis;
  table["aten::unbind.int"] = unbind;
  table["aten::cat"] = join;
  table["aten::stack"] = stack;
  table["aten::flip"] = flip_axes;
  table["aten::constant_pad_nd"] = constant_pad;
  table["aten::repeat"] = repeat_axes;
}

}  // namespace hidet
