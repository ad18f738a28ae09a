// Integer arithmetic on sizes: UserError when a result leaves 64 bits or a divisor is 0.
#pragma once

#include <cstdint>

#include "base/error.h"

namespace hidet {

inline int64_t checked_add(int64_t a, int64_t b) {
  int64_t result;
  HIDET_REQUIRE(!__builtin_add_overflow(a, b, &result), "a size overflows: {} + {}", a, b);
  return result;
}

inline int64_t checked_mul(int64_t a, int64_t b) {
  int64_t result;
  HIDET_REQUIRE(!__builtin_mul_overflow(a, b, &result), "a size overflows: {} * {}", a, b);
  return result;
}

// Rounded towards minus infinity.
inline int64_t checked_floordiv(int64_t a, int64_t b) {
  HIDET_REQUIRE(b != 0, "a size is divided by zero: {} // 0", a);
  HIDET_REQUIRE(a != INT64_MIN || b != -1, "a size overflows: {} // -1", a);
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

// Has the sign of b.
inline int64_t checked_mod(int64_t a, int64_t b) {
  HIDET_REQUIRE(b != 0, "a size is divided by zero: {} % 0", a);
  if (b == -1) return 0;
  int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

}  // namespace hidet
