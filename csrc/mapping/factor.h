// One factor of a task mapping.
#pragma once

#include "mapping/index_traits.h"

namespace hidet {

enum class FactorKind : uint8_t { spatial, repeat, replicate, table };

template <class T>
struct Factor {
  FactorKind kind;
  std::vector<T> shape;    // tasks of each axis; empty for replicate, whose shape is all ones
  std::vector<int> order;  // axes, slowest first; spatial and repeat only
  T workers;
  std::string name;                               // table only
  std::function<std::vector<T>(const T&)> table;  // worker -> task, a bijection

  // Tables are equal by name and shape: functions cannot be compared.
  bool operator==(const Factor& other) const {
    return kind == other.kind && shape == other.shape && order == other.order &&
           workers == other.workers && name == other.name;
  }
  bool is_unit() const {
    if (kind == FactorKind::table || !is_constant(workers, 1)) return false;
    for (const T& extent : shape) {
      if (!is_constant(extent, 1)) return false;
    }
    return true;
  }
};

// As it is parsed: `spatial(4, 8, order 1 0)`.
template <class T>
std::string factor_text(const Factor<T>& factor, const IndexPrinter<T>& print) {
  if (factor.kind == FactorKind::table) return factor.name;
  if (factor.kind == FactorKind::replicate) {
    return hidet::format("replicate({})", index_text(factor.workers, print));
  }
  std::string text = factor.kind == FactorKind::spatial ? "spatial(" : "repeat(";
  bool row_major = true;
  for (size_t axis = 0; axis < factor.shape.size(); ++axis) {
    if (axis > 0) text += ", ";
    text += index_text(factor.shape[axis], print);
    row_major = row_major && factor.order[axis] == static_cast<int>(axis);
  }
  if (!row_major) {
    text += ", order";
    for (int axis : factor.order) text += hidet::format(" {}", axis);
  }
  return text + ")";
}

// Extents that are constants are positive, and there is at least one.
template <class T>
void check_extents(const std::vector<T>& extents) {
  HIDET_REQUIRE(!extents.empty(), "a task mapping has at least one axis");
  for (const T& extent : extents) {
    const auto constant = as_constant(extent);
    HIDET_REQUIRE(!constant || *constant >= 1, "{} is no extent of a task mapping", *constant);
  }
}

}  // namespace hidet
