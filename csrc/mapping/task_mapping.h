// TaskMapping: which worker does which tasks, in which order. A value, generic over the index
// type: int64_t for tests and pictures, an expression for code.
//
// A mapping is a product f * g * ... of factors, outermost first:
//   task   = f.task * g.shape + g.task                (axis by axis)
//   worker = (worker / g.workers, worker % g.workers)
// Where a worker has several tasks, they are counted by repeat indices, outermost first.
#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "mapping/factor.h"

namespace hidet {

// A task index and the extent it must stay below.
template <class T>
struct Bound {
  T index;
  T extent;
};

template <class T>
class TaskMapping {
 public:
  // The empty product: the neutral element of `*`. It answers no question but `empty` and `rank`.
  TaskMapping() = default;
  // `rank` 0: given by the factors; stays 0 (any) when all of them are rank-agnostic.
  explicit TaskMapping(std::vector<Factor<T>> factors, int rank = 0)
      : factors_(std::move(factors)), rank_(rank) {
    for (const Factor<T>& factor : factors_) adopt_rank(static_cast<int>(factor.shape.size()));
  }

  bool empty() const { return factors_.empty(); }
  int rank() const { return rank_; }
  const std::vector<Factor<T>>& factors() const { return factors_; }

  std::vector<T> task_shape() const {
    std::vector<T> shape(rank_, constant(1));
    for (const Factor<T>& factor : factors_) {
      for (size_t axis = 0; axis < factor.shape.size(); ++axis) {
        shape[axis] = index_mul(shape[axis], factor.shape[axis]);
      }
    }
    return shape;
  }
  T workers() const {
    T product = constant(1);
    for (const Factor<T>& factor : factors_) product = index_mul(product, factor.workers);
    return product;
  }
  // The number of workers that hold each task.
  T replication() const {
    T product = constant(1);
    for (const Factor<T>& factor : factors_) {
      if (factor.kind == FactorKind::replicate) product = index_mul(product, factor.workers);
    }
    return product;
  }

  // The loops over a worker's tasks, outermost first: one for each axis of a repeat factor, in its
  // order, whose extent is not the constant 1. It is also the shape in which a worker stores its
  // tasks (`local_shape`), row-major.
  std::vector<T> repeat_extents() const {
    std::vector<T> extents;
    for (const Factor<T>& factor : factors_) {
      if (factor.kind != FactorKind::repeat) continue;
      for (int axis : factor.order) {
        if (!is_constant(factor.shape[axis], 1)) extents.push_back(factor.shape[axis]);
      }
    }
    return extents;
  }
  std::vector<T> local_shape() const { return repeat_extents(); }
  T local_size() const {
    T product = constant(1);
    for (const T& extent : repeat_extents()) product = index_mul(product, extent);
    return product;
  }
  // The position, counted in tasks, at which a worker stores the task of these repeat indices.
  T local_index(const std::vector<T>& repeats) const {
    const std::vector<T> extents = repeat_extents();
    HIDET_ASSERT(repeats.size() == extents.size(), "{} indices for {} repeat loops", repeats.size(),
                 extents.size());
    if (extents.empty()) return constant(0);
    T index = repeats[0];
    for (size_t i = 1; i < extents.size(); ++i) {
      index = index_add(index_mul(index, extents[i]), repeats[i]);
    }
    return index;
  }

  // The task of a worker (below `workers()`) at the given repeat indices.
  std::vector<T> task(const T& worker, const std::vector<T>& repeats) const {
    const std::vector<std::vector<T>> digits = worker_digits(worker);
    HIDET_ASSERT(repeats.size() == repeat_extents().size(), "{} indices for {} repeat loops",
                 repeats.size(), repeat_extents().size());
    std::vector<T> task(rank_, constant_like(worker, 0));
    size_t next_repeat = 0;
    for (size_t f = 0; f < factors_.size(); ++f) {
      const Factor<T>& factor = factors_[f];
      if (factor.kind == FactorKind::replicate) continue;
      std::vector<T> part(rank_, constant_like(worker, 0));
      if (factor.kind == FactorKind::table) {
        part = factor.table(digits[f][0]);
        HIDET_ASSERT(part.size() == factor.shape.size(), "table {} has rank {}, its task {}",
                     factor.name, factor.shape.size(), part.size());
      }
      for (size_t i = 0; i < factor.order.size(); ++i) {
        const int axis = factor.order[i];
        if (factor.kind == FactorKind::spatial) part[axis] = digits[f][i];
        if (factor.kind == FactorKind::repeat && !is_constant(factor.shape[axis], 1)) {
          part[axis] = repeats[next_repeat++];
        }
      }
      for (int axis = 0; axis < rank_; ++axis) {
        task[axis] = index_add(index_mul(task[axis], factor.shape[axis]), part[axis]);
      }
    }
    return task;
  }

  // The predicates of a mapping that covers more than `extents`: the task is done where each index
  // is below its extent. Axes that constants prove to be inside are left out.
  std::vector<Bound<T>> in_bounds(const std::vector<T>& task, const std::vector<T>& extents) const {
    HIDET_ASSERT(task.size() == extents.size() && static_cast<int>(task.size()) == rank_,
                 "rank {} task, {} extents, mapping of rank {}", task.size(), extents.size(),
                 rank_);
    const std::vector<T> shape = task_shape();
    std::vector<Bound<T>> bounds;
    for (int axis = 0; axis < rank_; ++axis) {
      const auto tasks = as_constant(shape[axis]), extent = as_constant(extents[axis]);
      if (shape[axis] == extents[axis] || (tasks && extent && *tasks <= *extent)) continue;
      bounds.push_back({task[axis], extents[axis]});
    }
    return bounds;
  }

  // All tasks of a worker, in order.
  std::vector<std::vector<int64_t>> tasks(int64_t worker) const
    requires std::same_as<T, int64_t>
  {
    const std::vector<int64_t> extents = repeat_extents();
    std::vector<std::vector<int64_t>> result;
    std::vector<int64_t> repeats(extents.size(), 0);
    for (int64_t local = 0; local < local_size(); ++local) {
      int64_t rest = local;
      for (size_t i = extents.size(); i-- > 0; rest /= extents[i]) repeats[i] = rest % extents[i];
      result.push_back(task(worker, repeats));
    }
    return result;
  }

  // As in `repeat(4, 1) * spatial(4, 8, order 1 0)`; `print` writes numbers that are no constant.
  std::string to_string(const IndexPrinter<T>& print = {}) const {
    std::string text;
    bool ranked = rank_ == 0;
    for (const Factor<T>& factor : factors_) ranked = ranked || !factor.shape.empty();
    for (const Factor<T>& factor : factors_) {
      if (!text.empty()) text += " * ";
      text += factor_text(factor, print);
      if (ranked) continue;
      text.insert(text.size() - 1, hidet::format(", rank {}", rank_));
      ranked = true;
    }
    return text;
  }

  bool operator==(const TaskMapping& other) const = default;

 private:
  T constant(int64_t value) const {
    HIDET_ASSERT(!factors_.empty(), "the empty mapping has no shape");
    return constant_like(factors_.front().workers, value);
  }

  void adopt_rank(int rank) {
    HIDET_REQUIRE(rank == 0 || rank_ == 0 || rank == rank_,
                  "mappings of rank {} and rank {} cannot be composed", rank_, rank);
    if (rank != 0) rank_ = rank;
  }

  // The worker in mixed radix, for each factor: one digit for each axis of a spatial factor, in its
  // order; one for replicate and table. The leading digit needs no remainder.
  std::vector<std::vector<T>> worker_digits(const T& worker) const {
    std::vector<std::vector<T>> radix(factors_.size());
    const T* leading = nullptr;
    for (size_t f = 0; f < factors_.size(); ++f) {
      const Factor<T>& factor = factors_[f];
      if (factor.kind == FactorKind::spatial) {
        for (int axis : factor.order) radix[f].push_back(factor.shape[axis]);
      } else if (factor.kind != FactorKind::repeat) {
        radix[f].push_back(factor.workers);
      }
      for (const T& extent : radix[f]) {
        if (!leading && !is_constant(extent, 1)) leading = &extent;
      }
    }
    std::vector<std::vector<T>> digits = radix;
    T stride = constant(1);
    for (size_t f = factors_.size(); f-- > 0;) {
      for (size_t i = radix[f].size(); i-- > 0;) {
        const T quotient = index_div(worker, stride);
        digits[f][i] = &radix[f][i] == leading ? quotient : index_mod(quotient, radix[f][i]);
        stride = index_mul(stride, radix[f][i]);
      }
    }
    return digits;
  }

  std::vector<Factor<T>> factors_;
  int rank_ = 0;
};

// One task a worker: as many workers as tasks, counted row-major in `order` (axes, slowest first).
template <class T = int64_t>
TaskMapping<T> spatial(std::vector<T> shape, std::vector<int> order = {}) {
  check_extents(shape);
  T workers = index_product(shape);
  const size_t rank = shape.size();
  return TaskMapping<T>({{FactorKind::spatial, std::move(shape),
                          checked_order(std::move(order), rank), std::move(workers)}});
}

// One worker does all tasks, in row-major order of `order` (axes, slowest first).
template <class T = int64_t>
TaskMapping<T> repeat(std::vector<T> shape, std::vector<int> order = {}) {
  check_extents(shape);
  T one = constant_like(shape.front(), 1);
  const size_t rank = shape.size();
  return TaskMapping<T>({{FactorKind::repeat, std::move(shape),
                          checked_order(std::move(order), rank), std::move(one)}});
}

template <std::integral... Extent>
TaskMapping<int64_t> spatial(Extent... extents) {
  return spatial<int64_t>(std::vector<int64_t>{static_cast<int64_t>(extents)...});
}
template <std::integral... Extent>
TaskMapping<int64_t> repeat(Extent... extents) {
  return repeat<int64_t>(std::vector<int64_t>{static_cast<int64_t>(extents)...});
}

// `workers` workers hold the same single task. Rank 0 adopts the rank of what it is composed with.
template <class T>
  requires(!std::integral<T>)
TaskMapping<T> replicate(T workers, int rank = 0) {
  return TaskMapping<T>({{FactorKind::replicate, {}, {}, std::move(workers)}}, rank);
}
inline TaskMapping<int64_t> replicate(int64_t workers, int rank = 0) {
  check_extents(std::vector<int64_t>{workers});
  return TaskMapping<int64_t>({{FactorKind::replicate, {}, {}, workers}}, rank);
}

// A bijection given as code: `function` maps each worker below the product of `shape` to a task
// inside `shape`. `name` is how it prints, arguments included, as in `rasterized(16, 8, 4)`: tables
// of one name and shape are taken to be equal.
template <class T>
TaskMapping<T> table(std::string name, std::vector<T> shape,
                     std::function<std::vector<T>(const T&)> function) {
  check_extents(shape);
  T workers = index_product(shape);
  return TaskMapping<T>({{FactorKind::table,
                          std::move(shape),
                          {},
                          std::move(workers),
                          std::move(name),
                          std::move(function)}});
}

// outer * inner. Factors with one task and one worker are dropped, so that repeat(1, ...) is the
// neutral element by ==, too.
template <class T>
TaskMapping<T> operator*(const TaskMapping<T>& outer, const TaskMapping<T>& inner) {
  HIDET_REQUIRE(outer.rank() == 0 || inner.rank() == 0 || outer.rank() == inner.rank(),
                "{} of rank {} and {} of rank {} cannot be composed", outer.to_string(),
                outer.rank(), inner.to_string(), inner.rank());
  std::vector<Factor<T>> all = outer.factors(), kept;
  all.insert(all.end(), inner.factors().begin(), inner.factors().end());
  for (const Factor<T>& factor : all) {
    if (!factor.is_unit()) kept.push_back(factor);
  }
  if (kept.empty() && !all.empty()) kept.push_back(all.front());
  return TaskMapping<T>(std::move(kept), std::max(outer.rank(), inner.rank()));
}

}  // namespace hidet
