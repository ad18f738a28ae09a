// Element types: PyTorch's and ours.
#pragma once

#include <c10/core/ScalarType.h>

#include <string_view>

#include "base/dtype.h"

namespace hidet {

c10::ScalarType scalar_type_of(DType dtype);
// DType::opaque for what only PyTorch computes with.
DType find_dtype(c10::ScalarType type);
inline DType dtype_of(c10::ScalarType type) {
  return type == c10::ScalarType::Float ? DType::f32 : find_dtype(type);
}
// A name as Python prints it without "torch.", such as "float32". UserError for any other text.
c10::ScalarType scalar_type_of(std::string_view name);
// As Python prints it, without "torch.".
std::string_view torch_name_of(c10::ScalarType type);

}  // namespace hidet
