// Task mappings and layouts carried between integers and another index type.
#pragma once

#include "mapping/task_mapping.h"

namespace hidet {

// The same mapping over another index type; `like` gives its type and context. Not for tables,
// whose function is bound to one index type.
template <class T>
TaskMapping<T> lift(const TaskMapping<int64_t>& mapping, const T& like) {
  std::vector<Factor<T>> factors;
  for (const Factor<int64_t>& factor : mapping.factors()) {
    HIDET_ASSERT(factor.kind != FactorKind::table, "table {} cannot be lifted", factor.name);
    std::vector<T> shape;
    for (int64_t extent : factor.shape) shape.push_back(constant_like(like, extent));
    factors.push_back(
        {factor.kind, std::move(shape), factor.order, constant_like(like, factor.workers)});
  }
  return TaskMapping<T>(std::move(factors), mapping.rank());
}

// The mapping over integers, when all its extents are constants and it has no table.
template <class T>
std::optional<TaskMapping<int64_t>> constant_mapping(const TaskMapping<T>& mapping) {
  std::vector<Factor<int64_t>> factors;
  for (const Factor<T>& factor : mapping.factors()) {
    const auto workers = as_constant(factor.workers);
    if (!workers || factor.kind == FactorKind::table) return std::nullopt;
    std::vector<int64_t> shape;
    for (const T& extent : factor.shape) {
      const auto constant = as_constant(extent);
      if (!constant) return std::nullopt;
      shape.push_back(*constant);
    }
    factors.push_back({factor.kind, std::move(shape), factor.order, *workers});
  }
  return TaskMapping<int64_t>(std::move(factors), mapping.rank());
}

}  // namespace hidet
