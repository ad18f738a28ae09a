#include <cmath>

#include "graph/expand_operators.h"
#include "graph/tensor_math.h"

namespace hidet {

namespace {

using Results = std::vector<ValueId>;

void check_types(const GraphEditor& editor, ValueId a, ValueId b) {
  if (!is_floating(editor.dtype(a)) || editor.dtype(a) != editor.dtype(b))
    throw DeclinedCall{"a product of integers or of mixed types"};
}

Results matmul(GraphEditor& editor, const AtenCall& call) {
  check_types(editor, call.tensor(0), call.tensor(1));
  ValueId product = editor.matmul(call.tensor(0), call.tensor(1));
  return {editor.cast(product, call.result().dtype)};
}

// addmm, baddbmm: beta * c + alpha * (a b). With beta = 0 not even a NaN of c counts.
Results add_matmul(GraphEditor& editor, const AtenCall& call) {
  check_types(editor, call.tensor(1), call.tensor(2));
  const double beta = call.real(3, 1), alpha = call.real(4, 1);
  TensorMath product{&editor, editor.matmul(call.tensor(1), call.tensor(2))};
  TensorMath y = alpha == 1 ? product : product * alpha;
  if (beta != 0) {
    TensorMath c = to({&editor, call.tensor(0)}, y.dtype());
    y = y + (beta == 1 ? c : c * beta);
  }
  return {editor.cast(y.id, call.result().dtype)};
}

Results linear(GraphEditor& editor, const AtenCall& call) {
  ValueId x = call.tensor(0), w = call.tensor(1);
  check_types(editor, x, w);
  if (editor.rank(w) != 2 || editor.rank(x) < 2) throw DeclinedCall{"a linear map of a vector"};
  std::vector<SizeExpr> shape = editor.shape(x);
  SizeExpr rows(1);
  for (size_t axis = 0; axis + 1 < shape.size(); axis++) rows = rows * shape[axis];
  ValueId flat = editor.reshape(x, {rows, shape.back()});
  TensorMath y{&editor, editor.matmul(flat, editor.permute(w, {1, 0}))};
  if (!call.is_none(2)) y = y + to({&editor, call.tensor(2)}, y.dtype());
  return {editor.reshape(to(y, call.result().dtype).id, call.result().shape)};
}

// Zeros behind the heads' elements, up to whole vectors of the widest target: they add nothing to
// a score, and become columns of the result that are cut off.
ValueId whole_vectors(GraphEditor& editor, ValueId heads, int64_t depth) {
  constexpr int64_t kWidest = 16;
  const int64_t missing = (kWidest - depth % kWidest) % kWidest;
  if (missing == 0) return heads;
  std::vector<int64_t> before(editor.rank(heads), 0), after = before;
  after.back() = missing;
  return editor.pad(heads, before, after, Attribute{0.0});
}

// (q, k, v, dropout, causal, mask, scale) with the arguments in the operator's own order.
Results attention(GraphEditor& editor, const AtenCall& call, size_t mask_at, size_t dropout_at,
                  size_t causal_at, size_t scale_at) {
  for (size_t i = 1; i < call.result_count(); i++)
    if (call.result_used(i)) throw DeclinedCall{"the sums of the scores are used"};
  if (call.real(dropout_at) != 0) throw DeclinedCall{"attention with dropout"};
  ValueId q = call.tensor(0), k = call.tensor(1), v = call.tensor(2);
  const size_t rank = editor.shape(q).size();
  if (!is_floating(editor.dtype(q)) || editor.dtype(k) != editor.dtype(q) ||
      editor.dtype(v) != editor.dtype(q))
    throw DeclinedCall{"attention of integers or of mixed types"};
  if (rank < 3 || editor.shape(k).size() != rank || editor.shape(v).size() != rank)
    throw DeclinedCall{"attention without heads"};
  for (size_t axis = 0; axis + 2 < rank; axis++)
    if (editor.shape(k)[axis] != editor.shape(q)[axis] ||
        editor.shape(v)[axis] != editor.shape(q)[axis])
      throw DeclinedCall{"attention with fewer heads of keys"};
  auto depth = editor.shape(q).back().as_constant();
  if (!depth) throw DeclinedCall{"the head size is no constant"};
  const double scale = call.real(scale_at, 1 / std::sqrt(static_cast<double>(*depth)));
  std::optional<ValueId> mask;
  if (!call.is_none(mask_at)) {
    std::vector<SizeExpr> shape(editor.shape(q).begin(), editor.shape(q).end() - 1);
    shape.push_back(editor.shape(k)[rank - 2]);
    mask = editor.expand(call.tensor(mask_at), shape);
  }
  auto value_depth = editor.shape(v).back().as_constant();
  if (!value_depth) throw DeclinedCall{"the head size of the values is no constant"};
  q = whole_vectors(editor, q, *depth);
  k = whole_vectors(editor, k, *depth);
  v = whole_vectors(editor, v, *value_depth);
  ValueId y = editor.attention(q, k, v, mask, scale, call.flag(causal_at));
  return {editor.slice(y, static_cast<int64_t>(rank) - 1, SizeExpr(0), SizeExpr(*value_depth))};
}

}  // namespace

void add_product_expansions(ExpansionTable& table) {
  table["aten::mm"] = matmul;
  table["aten::bmm"] = matmul;
  table["aten::addmm"] = add_matmul;
  table["aten::baddbmm"] = add_matmul;
  table["aten::linear"] = linear;
  table["aten::_scaled_dot_product_flash_attention_for_cpu"] =
      [](GraphEditor& e, const AtenCall& c) { return attention(e, c, 5, 3, 4, 6); };
  table["aten::scaled_dot_product_attention"] = [](GraphEditor& e, const AtenCall& c) {
    return attention(e, c, 3, 4, 5, 6);
  };
}

}  // namespace hidet
