#include "fuse/row_signature.h"

#include "graph/operators.h"

namespace hidet {

std::vector<SizeExpr> without_ones(const std::vector<SizeExpr>& shape) {
  std::vector<SizeExpr> result;
  for (const SizeExpr& extent : shape)
    if (extent != SizeExpr(1)) result.push_back(extent);
  return result;
}

std::optional<RowSignature> row_signature(const Graph& graph, const Node& reduction) {
  const std::vector<SizeExpr>& shape = graph.values[reduction.inputs[0]].shape;
  std::vector<bool> reduced(shape.size(), false);
  for (int64_t axis : reduction_axes(reduction)) reduced[axis] = true;
  RowSignature signature{.rows = {}, .n = SizeExpr(1)};
  bool found = false;
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis] == SizeExpr(1)) continue;
    if (!found) {
      if (!reduced[axis]) return std::nullopt;
      signature.n = shape[axis];
      found = true;
    } else if (reduced[axis]) {
      return std::nullopt;
    } else {
      signature.rows.insert(signature.rows.begin(), shape[axis]);
    }
  }
  return found ? std::optional<RowSignature>(signature) : std::nullopt;
}

std::optional<RowRole> row_role(const RowSignature& signature, const std::vector<SizeExpr>& shape) {
  std::vector<SizeExpr> extents = without_ones(shape);
  if (extents == signature.rows) return RowRole::row;
  std::vector<SizeExpr> full = signature.rows;
  full.push_back(signature.n);
  if (extents == full) return RowRole::full;
  return std::nullopt;
}

}  // namespace hidet
