#include "graph/expand_operators.h"
#include "graph/tensor_math.h"

namespace hidet {

namespace {

using Results = std::vector<ValueId>;

Expansion filled(const Attribute& value) {
  return [value](GraphEditor& editor, const AtenCall& call) -> Results {
    return {editor.number(call.result().dtype, value, call.result().shape)};
  };
}

// full(size, value), full_like(x, value), fill.Scalar(x, value).
Results full(GraphEditor& editor, const AtenCall& call) {
  return {editor.number(call.result().dtype, call.argument(1), call.result().shape)};
}

Results scalar_tensor(GraphEditor& editor, const AtenCall& call) {
  return {editor.number(call.result().dtype, call.argument(0))};
}

Results range(GraphEditor& editor, const AtenCall& call, size_t start, size_t step) {
  const Attribute zero{int64_t{0}}, one{int64_t{1}};
  if (!is_integer(call.result().dtype)) throw DeclinedCall{"a range of floats"};
  const Attribute& first = start < call.count() ? call.argument(start) : zero;
  const Attribute& distance = step < call.count() ? call.argument(step) : one;
  if (!as_size(first) || !as_size(distance)) throw DeclinedCall{"a range between floats"};
  return {editor.iota(call.result().dtype, call.result().shape[0], first, distance)};
}

// tril / triu: where(column - row <= diagonal, x, 0).
Expansion triangle(bool lower) {
  return [lower](GraphEditor& editor, const AtenCall& call) -> Results {
    ValueId x = call.tensor(0);
    const std::vector<SizeExpr> shape = editor.shape(x);  // later nodes move the values
    const int64_t diagonal = call.integer(1);
    ValueId columns = editor.iota(DType::i64, shape.back(), {int64_t{0}}, {int64_t{1}});
    ValueId rows = editor.iota(DType::i64, shape[shape.size() - 2], {int64_t{0}}, {int64_t{1}});
    rows = editor.reshape(rows, {shape[shape.size() - 2], SizeExpr(1)});
    ValueId offset = editor.apply(Function::sub, {columns, rows});
    ValueId bound = editor.number(DType::i64, {diagonal});
    ValueId kept = editor.apply(lower ? Function::le : Function::ge, {offset, bound});
    return {editor.apply(Function::where, {kept, x, editor.number(editor.dtype(x), {int64_t{0}})})};
  };
}

}  // namespace

void add_creation_expansions(ExpansionTable& table) {
  table["aten::full"] = full;
  table["aten::full_like"] = full;
  table["aten::fill.Scalar"] = full;
  table["aten::zeros"] = filled({int64_t{0}});
  table["aten::zeros_like"] = filled({int64_t{0}});
  table["aten::ones"] = filled({int64_t{1}});
  table["aten::ones_like"] = filled({int64_t{1}});
  table["aten::scalar_tensor"] = scalar_tensor;
  table["aten::arange"] = [](GraphEditor& e, const AtenCall& c) { return range(e, c, 99, 99); };
  table["aten::arange.start"] = [](GraphEditor& e, const AtenCall& c) {
    return range(e, c, 0, 99);
  };
  table["aten::arange.start_step"] = [](GraphEditor& e, const AtenCall& c) {
    return range(e, c, 0, 2);
  };
  table["prims::iota"] = [](GraphEditor& e, const AtenCall& c) { return range(e, c, 1, 2); };
  table["aten::tril"] = triangle(true);
  table["aten::triu"] = triangle(false);
}

}  // namespace hidet
