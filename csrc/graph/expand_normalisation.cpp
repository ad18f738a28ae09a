#include <numeric>

#include "graph/expand_operators.h"
#include "graph/tensor_math.h"

namespace hidet {

TensorMath mean_over(GraphEditor& editor, ValueId x, const std::vector<int64_t>& axes, bool keep);

namespace {

using Math = TensorMath;
using Results = std::vector<ValueId>;

Math reduced(Math x, ReduceKind kind, const std::vector<int64_t>& axes) {
  return {x.editor, x.editor->reduce(kind, x.id, axes, true, x.dtype())};
}
Math wide(GraphEditor& editor, ValueId value) {
  return {&editor, editor.cast(value, arithmetic_type(editor.dtype(value)))};
}

Results softmax(GraphEditor& editor, const AtenCall& call, bool logarithm) {
  const DType out = call.result().dtype;
  Math x{&editor, editor.cast(call.tensor(0), arithmetic_type(out))};
  if (editor.rank(x.id) == 0) throw DeclinedCall{"a softmax without axes"};
  const std::vector<int64_t> axis{wrap_axis(call.integer(1), editor.rank(x.id))};
  Math shifted = x - reduced(x, ReduceKind::max, axis);
  Math e = hidet::call(Function::exp_nonpositive, shifted);
  Math sum = reduced(e, ReduceKind::sum, axis);
  Math y = logarithm ? shifted - hidet::call(Function::log, sum) : e / sum;
  return {editor.cast(y.id, out)};
}

// (gradient, output, axis, input dtype).
Results softmax_backward(GraphEditor& editor, const AtenCall& call, bool logarithm) {
  Math g = wide(editor, call.tensor(0)), y = wide(editor, call.tensor(1));
  if (editor.rank(g.id) == 0) throw DeclinedCall{"a softmax without axes"};
  const std::vector<int64_t> axis{wrap_axis(call.integer(2), editor.rank(g.id))};
  Math dx = logarithm ? g - hidet::call(Function::exp, y) * reduced(g, ReduceKind::sum, axis)
                      : y * g - y * reduced(y * g, ReduceKind::sum, axis);
  return {editor.cast(dx.id, call.result().dtype)};
}

std::vector<int64_t> last_axes(GraphEditor& editor, ValueId x, size_t count) {
  std::vector<int64_t> axes(count);
  std::iota(axes.begin(), axes.end(), editor.rank(x) - static_cast<int64_t>(count));
  return axes;
}

// native_layer_norm(x, shape, weight?, bias?, eps) -> (y, mean, 1 / standard deviation).
Results layer_norm(GraphEditor& editor, const AtenCall& call) {
  Math x = wide(editor, call.tensor(0));
  const auto axes = last_axes(editor, x.id, call.sizes(1).size());
  Math mean = mean_over(editor, x.id, axes, true);
  Math distance = x - mean;
  Math variance = mean_over(editor, (distance * distance).id, axes, true);
  Math scale = hidet::call(Function::rsqrt, variance + call.real(4));
  Math y = distance * scale;
  if (!call.is_none(2)) y = y * wide(editor, call.tensor(2));
  if (!call.is_none(3)) y = y + wide(editor, call.tensor(3));
  Results results{editor.cast(y.id, call.result(0).dtype), -1, -1};
  if (call.result_used(1)) results[1] = editor.cast(mean.id, call.result(1).dtype);
  if (call.result_used(2)) results[2] = editor.cast(scale.id, call.result(2).dtype);
  return results;
}

// (g, x, shape, mean, scale, weight?, bias?, mask) -> (dx, dweight, dbias).
Results layer_norm_backward(GraphEditor& editor, const AtenCall& call) {
  Math g = wide(editor, call.tensor(0)), x = wide(editor, call.tensor(1));
  const auto axes = last_axes(editor, x.id, call.sizes(2).size());
  Math normal = (x - wide(editor, call.tensor(3))) * wide(editor, call.tensor(4));
  std::vector<int64_t> rows(editor.rank(x.id) - axes.size());
  std::iota(rows.begin(), rows.end(), 0);
  Results results{-1, -1, -1};
  if (call.result_used(0)) {
    Math weighted = call.is_none(5) ? g : g * wide(editor, call.tensor(5));
    Math mean = mean_over(editor, weighted.id, axes, true);
    Math slope = mean_over(editor, (weighted * normal).id, axes, true);
    Math dx = wide(editor, call.tensor(4)) * (weighted - mean - normal * slope);
    results[0] = editor.cast(dx.id, call.result(0).dtype);
  }
  auto over_rows = [&](Math value, size_t i) {
    if (call.result_used(i))
      results[i] = editor.cast(editor.reduce(ReduceKind::sum, value.id, rows, false, value.dtype()),
                               call.result(i).dtype);
  };
  over_rows(g * normal, 1);
  over_rows(g, 2);
  return results;
}

// _native_batch_norm_legit_no_training(x, weight?, bias?, mean, variance, momentum, eps): results 1
// and 2 are empty. As eager has it, one factor and one term a channel.
Results batch_norm_inference(GraphEditor& editor, const AtenCall& call) {
  if (call.result_used(1) || call.result_used(2)) throw DeclinedCall{"saved statistics are used"};
  Math x = wide(editor, call.tensor(0));
  if (editor.rank(x.id) < 2) throw DeclinedCall{"no axis of channels"};
  Math factor = hidet::call(Function::rsqrt, wide(editor, call.tensor(4)) + call.real(6));
  if (!call.is_none(1)) factor = factor * wide(editor, call.tensor(1));
  Math term = -(wide(editor, call.tensor(3)) * factor);
  if (!call.is_none(2)) term = wide(editor, call.tensor(2)) + term;
  std::vector<SizeExpr> shape(editor.rank(x.id) - 1, SizeExpr(1));
  shape[0] = editor.shape(x.id)[1];
  Math y = x * Math{&editor, editor.reshape(factor.id, shape)} +
           Math{&editor, editor.reshape(term.id, shape)};
  return {editor.cast(y.id, call.result().dtype), -1, -1};
}

}  // namespace

void add_normalisation_expansions(ExpansionTable& table) {
  table["aten::_softmax"] = [](GraphEditor& e, const AtenCall& c) { return softmax(e, c, false); };
  table["aten::_log_softmax"] = [](GraphEditor& e, const AtenCall& c) {
    return softmax(e, c, true);
  };
  table["aten::_softmax_backward_data"] = [](GraphEditor& e, const AtenCall& c) {
    return softmax_backward(e, c, false);
  };
  table["aten::_log_softmax_backward_data"] = [](GraphEditor& e, const AtenCall& c) {
    return softmax_backward(e, c, true);
  };
  table["aten::_native_batch_norm_legit_no_training"] = batch_norm_inference;
  table["aten::native_layer_norm"] = layer_norm;
  table["aten::native_layer_norm_backward"] = layer_norm_backward;
}

}  // namespace hidet
