// What mappings and layouts need to know about the type they count with: int64_t, or a handle of
// an expression. Such a type has + - * / % (floor semantics, operands are not negative) and ==;
// everything else goes through IndexTraits, as a constant expression needs a context.
#pragma once

#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace hidet {

// A specialisation has
//   static T constant(const T& like, int64_t value);           of the type and context of `like`
//   static std::optional<int64_t> as_constant(const T&);
//   static T bit_xor(const T&, const T&);                      for swizzled layouts
//   static int64_t divisor(const T&);                          optional: a known divisor
template <class T>
struct IndexTraits;

template <>
struct IndexTraits<int64_t> {
  static int64_t constant(int64_t, int64_t value) { return value; }
  static std::optional<int64_t> as_constant(int64_t value) { return value; }
  static int64_t bit_xor(int64_t a, int64_t b) { return a ^ b; }
};

template <class T>
T constant_like(const T& like, int64_t value) {
  return IndexTraits<T>::constant(like, value);
}

template <class T>
std::optional<int64_t> as_constant(const T& value) {
  return IndexTraits<T>::as_constant(value);
}

template <class T>
bool is_constant(const T& value, int64_t expected) {
  return as_constant(value) == std::optional<int64_t>(expected);
}

// The largest number known to divide `value`: a constant divides itself (so 0 for 0).
template <class T>
int64_t known_divisor(const T& value) {
  if (auto constant = as_constant(value)) return *constant < 0 ? -*constant : *constant;
  if constexpr (requires { IndexTraits<T>::divisor(value); }) {
    return IndexTraits<T>::divisor(value);
  } else {
    return 1;
  }
}

// Arithmetic that leaves out what a constant 0 or 1 makes superfluous, so that generated code has
// no dead terms; on int64_t an overflow is an error instead of a wrong number.
template <class T>
T index_add(const T& a, const T& b) {
  if (is_constant(a, 0)) return b;
  if (is_constant(b, 0)) return a;
  if constexpr (std::is_same_v<T, int64_t>) {
    int64_t sum = 0;
    HIDET_REQUIRE(!__builtin_add_overflow(a, b, &sum), "{} + {} exceeds 64 bits", a, b);
    return sum;
  } else {
    return a + b;
  }
}

template <class T>
T index_mul(const T& a, const T& b) {
  if (is_constant(a, 0) || is_constant(b, 1)) return a;
  if (is_constant(b, 0) || is_constant(a, 1)) return b;
  if constexpr (std::is_same_v<T, int64_t>) {
    int64_t product = 0;
    HIDET_REQUIRE(!__builtin_mul_overflow(a, b, &product), "{} * {} exceeds 64 bits", a, b);
    return product;
  } else {
    return a * b;
  }
}

template <class T>
T index_div(const T& a, const T& b) {
  return is_constant(b, 1) || is_constant(a, 0) ? a : a / b;
}

template <class T>
T index_mod(const T& a, const T& b) {
  if (is_constant(b, 1)) return constant_like(a, 0);
  return is_constant(a, 0) ? a : a % b;
}

// a / b rounded up.
template <class T>
T index_ceil_div(const T& a, const T& b) {
  if (is_constant(b, 1)) return a;
  if constexpr (std::is_same_v<T, int64_t>) {
    return index_add(a, b - 1) / b;
  } else {
    return (a + (b - constant_like(b, 1))) / b;
  }
}

// `values` is not empty.
template <class T>
T index_product(const std::vector<T>& values) {
  HIDET_ASSERT(!values.empty(), "product of nothing");
  T product = values.front();
  for (size_t i = 1; i < values.size(); ++i) product = index_mul(product, values[i]);
  return product;
}

// How a number is written in a text: constants in digits; `print` writes what is no constant.
template <class T>
using IndexPrinter = std::function<std::string(const T&)>;

template <class T>
std::string index_text(const T& value, const IndexPrinter<T>& print) {
  if (auto constant = as_constant(value)) return std::to_string(*constant);
  return print ? print(value) : "?";
}

// The given permutation of the axes, or 0, 1, 2, ... when it is empty.
inline std::vector<int> checked_order(std::vector<int> order, size_t rank) {
  if (order.empty()) {
    order.resize(rank);
    std::iota(order.begin(), order.end(), 0);
  }
  HIDET_REQUIRE(order.size() == rank, "the order names {} axes of {}", order.size(), rank);
  std::vector<bool> seen(rank, false);
  for (int axis : order) {
    HIDET_REQUIRE(axis >= 0 && axis < static_cast<int>(rank) && !seen[axis],
                  "the order is no permutation of the {} axes", rank);
    seen[axis] = true;
  }
  return order;
}

}  // namespace hidet
