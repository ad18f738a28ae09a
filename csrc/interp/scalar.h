// The scalar functions of ir/functions.def on values: what they mean, for every element type.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include "ir/expr.h"

namespace hidet {

// What a program does that has no meaning: a read of nothing, an access out of bounds.
class InterpretError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A value of an element type that its context knows: integers and booleans as int64 (of u64, the
// same bits), floats of any width as a double that is representable in their type.
struct Scalar {
  uint64_t bits = 0;

  static Scalar of(int64_t value) { return {static_cast<uint64_t>(value)}; }
  static Scalar of(double value) { return {std::bit_cast<uint64_t>(value)}; }
  int64_t as_int() const { return static_cast<int64_t>(bits); }
  double as_float() const { return std::bit_cast<double>(bits); }
  bool operator==(const Scalar&) const = default;
};

// `operand`: of the operands; of `where`, of the last two. Of a function of lanes, args are the
// lanes of its operand. f16 and bf16 are computed with as f32 and rounded; elementary functions are
// those of double, rounded. Throws InterpretError at an integer division by zero.
Scalar evaluate(Function function, DType operand, std::span<const Scalar> args);

// PyTorch's conversion: floats are truncated, to narrow integers by way of i32; f64 becomes f16 and
// bf16 by way of f32.
Scalar convert(DType from, DType to, Scalar value);

// The nearest value of the type.
Scalar scalar_of(DType dtype, double value);
// Any value as a double.
double to_double(DType dtype, Scalar value);

}  // namespace hidet
