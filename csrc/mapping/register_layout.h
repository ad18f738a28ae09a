// The layout of a register tile: what its mapping imposes.
#pragma once

#include "mapping/layout.h"
#include "mapping/task_mapping.h"

namespace hidet {

// Task index -> position among the tasks of the worker that owns it: the digits that choose the
// worker have stride 0, those of repeat factors the strides of row-major local_shape(). So its
// size is mapping.local_size(), and offset(task(w, repeats)) == local_index(repeats). Not for
// mappings with a table, whose digits have no strides.
template <class T>
Layout<T> register_layout(const TaskMapping<T>& mapping) {
  const T one = constant_like(mapping.workers(), 1);
  std::vector<std::vector<Mode<T>>> modes(mapping.rank());
  T stride = one;
  for (size_t f = mapping.factors().size(); f-- > 0;) {
    const Factor<T>& factor = mapping.factors()[f];
    HIDET_ASSERT(factor.kind != FactorKind::table, "table {} in a register tile", factor.name);
    for (size_t i = factor.order.size(); i-- > 0;) {
      const int axis = factor.order[i];
      const T& extent = factor.shape[axis];
      const bool repeated = factor.kind == FactorKind::repeat;
      modes[axis].insert(modes[axis].begin(), {extent, repeated ? stride : constant_like(one, 0)});
      if (repeated) stride = index_mul(stride, extent);
    }
  }
  return {mapping.task_shape(), std::move(modes)};
}

}  // namespace hidet
