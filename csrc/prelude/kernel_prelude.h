// KernelPrelude: what the text of a kernel needs beside itself: types and helper functions by name.
#pragma once

#include <string>
#include <string_view>

#include "base/dtype.h"

namespace hidet {

class KernelPrelude {
 public:
  virtual ~KernelPrelude() = default;

  // The type of a value, declared when it must be: float, f32x16, int64_t, bool. f16 and bf16 are
  // their bits, uint16_t. Vectors of b8 have no type of their own: a mask is a vector of signed
  // integers, 0 or -1.
  virtual std::string type(DType dtype, int lanes = 1) = 0;
  // The name under which a helper is called, for values of dtype and lanes; of a conversion, f32.
  virtual std::string function(std::string_view name, DType dtype, int lanes = 1) = 0;
  // A number that has no digits: NaN, infinity, its negative.
  virtual std::string not_finite(double value, DType dtype) = 0;
  // The scalar `value` of type `from`, its bits taken as a `to`.
  virtual std::string same_bits(DType to, DType from, const std::string& value) = 0;
  // What was asked for, each after what it needs.
  virtual std::string text() const = 0;
};

// How a scalar type is spelled: int64_t, float, bool; uint16_t for the 16-bit floats.
std::string_view spelled(DType dtype);

}  // namespace hidet
