#include "arith/range.h"

#include <algorithm>

namespace hidet {

namespace {

constexpr int64_t kLow = Range::kMinusInfinity, kHigh = Range::kPlusInfinity;
using Wide = __int128;

// Infinite ends become far beyond 64 bits, so that sums and products of them stay there.
Wide widen(int64_t value) {
  constexpr Wide far = static_cast<Wide>(1) << 100;
  return value == kLow ? -far : value == kHigh ? far : static_cast<Wide>(value);
}
int64_t narrow(Wide value) {
  if (value <= static_cast<Wide>(kLow)) return kLow;
  return value >= static_cast<Wide>(kHigh) ? kHigh : static_cast<int64_t>(value);
}
bool infinite(int64_t value) {
  return value == kLow || value == kHigh;
}

int64_t product(int64_t a, int64_t b) {
  if (a == 0 || b == 0) return 0;
  if (infinite(a) || infinite(b)) return (a < 0) == (b < 0) ? kHigh : kLow;
  return narrow(static_cast<Wide>(a) * b);
}

// b is not 0. An infinite divisor gives the limit from its side.
int64_t quotient(int64_t a, int64_t b) {
  if (infinite(b)) {
    if (infinite(a)) return (a < 0) == (b < 0) ? kHigh : kLow;
    return a == 0 || (a < 0) == (b < 0) ? 0 : -1;
  }
  if (infinite(a)) return (a < 0) == (b < 0) ? kHigh : kLow;
  Wide x = a, y = b, q = x / y;
  return narrow(q - (x % y != 0 && (x < 0) != (y < 0)));
}

}  // namespace

Range Range::of(DType dtype) {
  int bits = bits_of(dtype);
  switch (class_of(dtype)) {
    case DTypeClass::boolean:
      return {0, 1};
    case DTypeClass::unsigned_integer:
      if (bits == 64) return {};  // held as int64 bits: the order of the bits is not that of values
      return {0, (int64_t{1} << bits) - 1};
    case DTypeClass::signed_integer:
      if (bits == 64) return {};
      return {-(int64_t{1} << (bits - 1)), (int64_t{1} << (bits - 1)) - 1};
    case DTypeClass::floating:
    case DTypeClass::opaque:
      return {};
  }
  return {};
}

Range operator+(Range a, Range b) {
  Range r;
  r.lower = infinite(a.lower) || infinite(b.lower) ? kLow : narrow(widen(a.lower) + b.lower);
  r.upper = infinite(a.upper) || infinite(b.upper) ? kHigh : narrow(widen(a.upper) + b.upper);
  return r;
}

Range operator-(Range a) {
  return {a.upper == kHigh ? kLow : narrow(-widen(a.upper)),
          a.lower == kLow ? kHigh : narrow(-widen(a.lower))};
}

Range operator-(Range a, Range b) {
  return a + -b;
}

Range operator*(Range a, Range b) {
  auto [low, high] = std::minmax({product(a.lower, b.lower), product(a.lower, b.upper),
                                  product(a.upper, b.lower), product(a.upper, b.upper)});
  return {low, high};
}

Range floor_divide(Range a, Range b) {
  if (b.lower <= 0 && b.upper >= 0) {
    if (b.lower == 0 && b.upper > 0) return floor_divide(a, {1, b.upper});
    if (b.upper == 0 && b.lower < 0) return floor_divide(a, {b.lower, -1});
    return {};
  }
  auto [low, high] = std::minmax({quotient(a.lower, b.lower), quotient(a.lower, b.upper),
                                  quotient(a.upper, b.lower), quotient(a.upper, b.upper)});
  return {low, high};
}

Range modulo(Range a, Range b) {
  if (b.lower < 0) return b.upper > 0 ? Range{b.lower, b.upper} : Range{b.lower, 0};
  // A divisor of 0 has no result.
  if (a.lower >= 0 && a.upper < std::max<int64_t>(b.lower, 1)) return a;
  int64_t upper = b.upper == kHigh ? kHigh : std::max<int64_t>(b.upper - 1, 0);
  if (a.lower >= 0) upper = std::min(upper, a.upper);
  if (b.is_point() && b.lower > 0 && a.is_bounded() &&
      quotient(a.lower, b.lower) == quotient(a.upper, b.lower)) {
    int64_t base = quotient(a.lower, b.lower) * b.lower;
    return {a.lower - base, a.upper - base};
  }
  return {0, upper};
}

Range min(Range a, Range b) {
  return {std::min(a.lower, b.lower), std::min(a.upper, b.upper)};
}
Range max(Range a, Range b) {
  return {std::max(a.lower, b.lower), std::max(a.upper, b.upper)};
}
Range join(Range a, Range b) {
  return {std::min(a.lower, b.lower), std::max(a.upper, b.upper)};
}
Range meet(Range a, Range b) {
  Range r{std::max(a.lower, b.lower), std::min(a.upper, b.upper)};
  return r.lower > r.upper ? a : r;
}

}  // namespace hidet
