// Type: the type of an expression: an element type and a number of vector lanes.
#pragma once

#include <cstddef>
#include <functional>

#include "base/dtype.h"

namespace hidet {

struct Type {
  DType dtype = DType::f32;
  int lanes = 1;

  bool operator==(const Type&) const = default;
  Type scalar() const { return {dtype, 1}; }
  Type with_lanes(int n) const { return {dtype, n}; }
  Type with_dtype(DType d) const { return {d, lanes}; }
  bool is_vector() const { return lanes != 1; }
};

}  // namespace hidet
