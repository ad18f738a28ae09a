// The inverse of a task mapping: who does a task.
#pragma once

#include "mapping/task_mapping.h"

namespace hidet {

// Who does a task. Of the workers that share a replicated task it is the first one.
template <class T>
struct Owner {
  T worker;
  std::vector<T> repeats;
};

// The worker that a table gives `task`, by search.
template <class T>
T invert_table(const Factor<T>& factor, const std::vector<T>& task) {
  const auto count = as_constant(factor.workers);
  HIDET_ASSERT(count, "table {} has no constant number of workers", factor.name);
  for (int64_t worker = 0; worker < *count; ++worker) {
    const T candidate = constant_like(factor.workers, worker);
    if (factor.table(candidate) == task) return candidate;
  }
  HIDET_UNREACHABLE("table {} does not reach a task of its shape", factor.name);
}

// The worker and the repeat indices with mapping.task(worker, repeats) == task. A table is inverted
// by search, which takes a constant task.
template <class T>
Owner<T> owner_of(const TaskMapping<T>& mapping, std::vector<T> task) {
  HIDET_ASSERT(static_cast<int>(task.size()) == mapping.rank(), "a task of rank {} for {}",
               task.size(), mapping.to_string());
  const std::vector<Factor<T>>& factors = mapping.factors();
  // Per axis, the outermost factor with more than one task: its quotient needs no remainder.
  std::vector<size_t> outermost(task.size(), factors.size());
  for (size_t f = factors.size(); f-- > 0;) {
    for (size_t axis = 0; axis < factors[f].shape.size(); ++axis) {
      if (!is_constant(factors[f].shape[axis], 1)) outermost[axis] = f;
    }
  }
  T stride = constant_like(factors.front().workers, 1);
  Owner<T> owner{constant_like(stride, 0), {}};
  const auto add_digit = [&](const T& digit, const T& extent) {
    owner.worker = index_add(owner.worker, index_mul(digit, stride));
    stride = index_mul(stride, extent);
  };
  for (size_t f = factors.size(); f-- > 0;) {
    const Factor<T>& factor = factors[f];
    std::vector<T> part = task;
    for (size_t axis = 0; axis < factor.shape.size(); ++axis) {
      if (outermost[axis] != f) part[axis] = index_mod(task[axis], factor.shape[axis]);
      task[axis] = index_div(task[axis], factor.shape[axis]);
    }
    if (factor.kind == FactorKind::replicate) stride = index_mul(stride, factor.workers);
    if (factor.kind == FactorKind::table) add_digit(invert_table(factor, part), factor.workers);
    for (size_t i = factor.order.size(); i-- > 0;) {
      const int axis = factor.order[i];
      if (is_constant(factor.shape[axis], 1)) continue;
      if (factor.kind == FactorKind::spatial) add_digit(part[axis], factor.shape[axis]);
      if (factor.kind == FactorKind::repeat) {
        owner.repeats.insert(owner.repeats.begin(), part[axis]);
      }
    }
  }
  return owner;
}

// Whether both give every worker the same tasks in the same order.
inline bool equivalent(const TaskMapping<int64_t>& a, const TaskMapping<int64_t>& b) {
  if (a.rank() != b.rank() || a.workers() != b.workers()) return false;
  for (int64_t worker = 0; worker < a.workers(); ++worker) {
    if (a.tasks(worker) != b.tasks(worker)) return false;
  }
  return true;
}

}  // namespace hidet
