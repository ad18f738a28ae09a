// Range: a closed interval of integers, whose ends may be infinite. Overflow-safe: a bound that
// does not fit in 64 bits becomes infinite.
#pragma once

#include <cstdint>

#include "base/dtype.h"

namespace hidet {

struct Range {
  static constexpr int64_t kMinusInfinity = INT64_MIN;
  static constexpr int64_t kPlusInfinity = INT64_MAX;

  int64_t lower = kMinusInfinity;
  int64_t upper = kPlusInfinity;

  bool operator==(const Range&) const = default;
  static Range point(int64_t value) { return {value, value}; }
  // All values of an integer or boolean dtype.
  static Range of(DType dtype);
  bool is_point() const { return lower == upper; }
  bool is_bounded() const { return lower != kMinusInfinity && upper != kPlusInfinity; }
  // The interval lies in `other`.
  bool within(Range other) const { return other.lower <= lower && upper <= other.upper; }
};

Range operator+(Range a, Range b);
Range operator-(Range a, Range b);
Range operator*(Range a, Range b);
Range operator-(Range a);
Range floor_divide(Range a, Range b);  // all integers where b may be 0
Range modulo(Range a, Range b);        // sign of the divisor
Range min(Range a, Range b);
Range max(Range a, Range b);
Range join(Range a, Range b);  // the smallest interval with both
Range meet(Range a, Range b);  // the common part; `a` when there is none

}  // namespace hidet
