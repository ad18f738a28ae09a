#include "graph/reshape_map.h"

namespace hidet {

namespace {

// Axes [from_begin, from_end) and [to_begin, to_end) hold the same elements.
struct AxisGroup {
  size_t from_begin, from_end, to_begin, to_end;
};

std::vector<size_t> axes_without_ones(const std::vector<SizeExpr>& shape) {
  std::vector<size_t> axes;
  for (size_t axis = 0; axis < shape.size(); axis++)
    if (shape[axis] != SizeExpr(1)) axes.push_back(axis);
  return axes;
}

// Cuts both lists of extents at every pair of positions with equal products before them.
std::vector<AxisGroup> match_axes(const std::vector<SizeExpr>& from,
                                  const std::vector<SizeExpr>& to) {
  std::vector<AxisGroup> groups;
  std::vector<SizeExpr> from_products{SizeExpr(1)}, to_products{SizeExpr(1)};
  for (const SizeExpr& extent : from) from_products.push_back(from_products.back() * extent);
  for (const SizeExpr& extent : to) to_products.push_back(to_products.back() * extent);
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    AxisGroup group{i, from.size(), j, to.size()};
    for (size_t a = i + 1; a <= from.size() && group.from_end == from.size(); a++)
      for (size_t b = j + 1; b <= to.size(); b++)
        if (from_products[a] == to_products[b]) {
          group.from_end = a;
          group.to_end = b;
          break;
        }
    groups.push_back(group);
    i = group.from_end;
    j = group.to_end;
  }
  return groups;
}

}  // namespace

std::vector<Expr> reshape_index(const std::vector<SizeExpr>& from, const std::vector<SizeExpr>& to,
                                const std::vector<Expr>& index, Expr zero, const LowerSize& size) {
  std::vector<size_t> from_axes = axes_without_ones(from), to_axes = axes_without_ones(to);
  std::vector<SizeExpr> from_extents, to_extents;
  for (size_t axis : from_axes) from_extents.push_back(from[axis]);
  for (size_t axis : to_axes) to_extents.push_back(to[axis]);
  std::vector<Expr> result(to.size(), zero);
  for (const AxisGroup& group : match_axes(from_extents, to_extents)) {
    Expr linear = zero;
    for (size_t a = group.from_begin; a < group.from_end; a++) {
      Expr part = index[from_axes[a]];
      linear = a == group.from_begin ? part : linear * size(from_extents[a]) + part;
    }
    for (size_t b = group.to_end; b-- > group.to_begin;) {
      if (b == group.to_begin) {
        result[to_axes[b]] = linear;
      } else {
        Expr extent = size(to_extents[b]);
        result[to_axes[b]] = linear % extent;
        linear = linear / extent;
      }
    }
  }
  return result;
}

}  // namespace hidet
