// DType: the element types of tensors and expressions, with their sizes in bits.
#pragma once

#include <cstdint>
#include <string_view>

namespace hidet {

enum class DTypeClass : uint8_t { boolean, unsigned_integer, signed_integer, floating, opaque };

enum class DType : uint8_t {
#define HIDET_DTYPE(name, bits, class) name,
#include "base/dtypes.def"
#undef HIDET_DTYPE
};

int bits_of(DType dtype);
inline int bytes_of(DType dtype) {
  return (bits_of(dtype) + 7) / 8;
}
DTypeClass class_of(DType dtype);
inline bool is_floating(DType dtype) {
  return class_of(dtype) == DTypeClass::floating;
}
inline bool is_boolean(DType dtype) {
  return dtype == DType::b8;
}
// True for signed and unsigned integers, not for booleans.
inline bool is_integer(DType dtype) {
  return !is_floating(dtype) && !is_boolean(dtype) && dtype != DType::opaque;
}
std::string_view name_of(DType dtype);
// Throws InternalError for a name that is not in dtypes.def.
DType parse_dtype(std::string_view name);

}  // namespace hidet
