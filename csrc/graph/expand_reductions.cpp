#include <numeric>

#include "graph/expand_operators.h"
#include "graph/tensor_math.h"

namespace hidet {

std::vector<int64_t> axes_of(const GraphEditor& editor, ValueId x, std::vector<int64_t> axes) {
  if (axes.empty()) {
    axes.resize(editor.rank(x));
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (int64_t& axis : axes) axis = wrap_axis(axis, editor.rank(x));
  if (editor.rank(x) == 0) axes.clear();
  return axes;
}

SizeExpr elements_over(const GraphEditor& editor, ValueId x, const std::vector<int64_t>& axes) {
  SizeExpr count(1);
  for (int64_t axis : axes) count = count * editor.shape(x)[axis];
  return count;
}

TensorMath divide_by_count(GraphEditor& editor, TensorMath sum, const SizeExpr& count) {
  ValueId number = editor.number(DType::i64, {count});
  return sum / TensorMath{&editor, editor.cast(number, sum.dtype())};
}

TensorMath mean_over(GraphEditor& editor, ValueId x, const std::vector<int64_t>& axes, bool keep) {
  TensorMath sum{&editor, editor.reduce(ReduceKind::sum, x, axes, keep, editor.dtype(x))};
  return divide_by_count(editor, sum, elements_over(editor, x, axes));
}

namespace {

using Results = std::vector<ValueId>;

// The largest of booleans is true when any is.
ReduceKind of_type(ReduceKind kind, DType dtype) {
  if (!is_boolean(dtype)) return kind;
  return kind == ReduceKind::max   ? ReduceKind::any
         : kind == ReduceKind::min ? ReduceKind::all
                                   : kind;
}

// max.dim, min.dim: only where nobody reads the indices.
Expansion extreme_of_axis(ReduceKind kind) {
  return [=](GraphEditor& editor, const AtenCall& call) -> Results {
    if (call.result_used(1)) throw DeclinedCall{"indices of an extreme"};
    ValueId x = call.tensor(0);
    auto axes = axes_of(editor, x, {call.integer(1)});
    const DType type = arithmetic_type(call.result().dtype);
    ValueId result =
        editor.reduce(of_type(kind, type), editor.cast(x, type), axes, call.flag(2), type);
    return {editor.cast(result, call.result().dtype), -1};
  };
}

// kind(x, axes?, keep axes?, ...); positions of the arguments, -1 for none.
Expansion reduction(ReduceKind kind, int axes_at, int keep_at) {
  return [=](GraphEditor& editor, const AtenCall& call) -> Results {
    ValueId x = call.tensor(0);
    auto axes = axes_of(editor, x, axes_at < 0 ? std::vector<int64_t>() : call.integers(axes_at));
    const bool keep = keep_at >= 0 && call.flag(keep_at);
    DType result = call.result().dtype, type = arithmetic_type(result);
    if (kind == ReduceKind::any || kind == ReduceKind::all) {
      if (result != DType::b8) throw DeclinedCall{"a result that is no boolean"};
      x = editor.is_nonzero(x);
    }
    return {editor.cast(editor.reduce(of_type(kind, type), editor.cast(x, type), axes, keep, type),
                        result)};
  };
}

Results mean(GraphEditor& editor, const AtenCall& call, int axes_at, int keep_at) {
  ValueId x = call.tensor(0);
  auto axes = axes_of(editor, x, axes_at < 0 ? std::vector<int64_t>() : call.integers(axes_at));
  const bool keep = keep_at >= 0 && call.flag(keep_at);
  x = editor.cast(x, arithmetic_type(call.result().dtype));
  return {editor.cast(mean_over(editor, x, axes, keep).id, call.result().dtype)};
}

// Two passes over the elements: the mean, then the mean of the squares around it.
struct Moments {
  ValueId variance, mean;  // axes kept or dropped as asked
};
Moments moments(GraphEditor& editor, const AtenCall& call, int axes_at, int correction_at,
                int keep_at) {
  ValueId x = editor.cast(call.tensor(0), arithmetic_type(editor.dtype(call.tensor(0))));
  auto axes = axes_of(editor, x, call.integers(axes_at));
  const bool keep = call.flag(keep_at);
  const double correction = call.real(correction_at, 1);
  TensorMath center = mean_over(editor, x, axes, true);
  TensorMath distance = TensorMath{&editor, x} - center;
  TensorMath sum{&editor, editor.reduce(ReduceKind::sum, (distance * distance).id, axes, keep,
                                        editor.dtype(x))};
  SizeExpr count = elements_over(editor, x, axes);
  auto constant = count.as_constant();
  if (correction != static_cast<int64_t>(correction) ||
      (constant ? *constant <= correction : correction > 1))
    throw DeclinedCall{"an unusual correction of a variance"};
  TensorMath variance =
      divide_by_count(editor, sum, count - SizeExpr(static_cast<int64_t>(correction)));
  return {variance.id, editor.reshape(center.id, editor.shape(variance.id))};
}

}  // namespace

void add_reduction_expansions(ExpansionTable& table) {
  table["aten::sum"] = reduction(ReduceKind::sum, -1, -1);
  table["aten::sum.dim_IntList"] = reduction(ReduceKind::sum, 1, 2);
  table["aten::prod"] = reduction(ReduceKind::prod, -1, -1);
  table["aten::prod.dim_int"] = reduction(ReduceKind::prod, 1, 2);
  table["aten::amax"] = reduction(ReduceKind::max, 1, 2);
  table["aten::amin"] = reduction(ReduceKind::min, 1, 2);
  table["aten::max"] = reduction(ReduceKind::max, -1, -1);
  table["aten::min"] = reduction(ReduceKind::min, -1, -1);
  table["aten::max.dim"] = extreme_of_axis(ReduceKind::max);
  table["aten::min.dim"] = extreme_of_axis(ReduceKind::min);
  table["aten::any"] = reduction(ReduceKind::any, -1, -1);
  table["aten::any.dim"] = reduction(ReduceKind::any, 1, 2);
  table["aten::any.dims"] = reduction(ReduceKind::any, 1, 2);
  table["aten::all"] = reduction(ReduceKind::all, -1, -1);
  table["aten::all.dim"] = reduction(ReduceKind::all, 1, 2);
  table["aten::all.dims"] = reduction(ReduceKind::all, 1, 2);
  table["aten::mean"] = [](GraphEditor& e, const AtenCall& c) { return mean(e, c, -1, -1); };
  table["aten::mean.dim"] = [](GraphEditor& e, const AtenCall& c) { return mean(e, c, 1, 2); };
  table["aten::var.correction"] = [](GraphEditor& e, const AtenCall& c) -> Results {
    return {e.cast(moments(e, c, 1, 2, 3).variance, c.result().dtype)};
  };
  table["aten::std.correction"] = [](GraphEditor& e, const AtenCall& c) -> Results {
    ValueId variance = moments(e, c, 1, 2, 3).variance;
    return {e.cast(e.apply(Function::sqrt, {variance}), c.result().dtype)};
  };
  table["aten::var_mean.correction"] = [](GraphEditor& e, const AtenCall& c) -> Results {
    Moments m = moments(e, c, 1, 2, 3);
    return {e.cast(m.variance, c.result(0).dtype), e.cast(m.mean, c.result(1).dtype)};
  };
}

}  // namespace hidet
