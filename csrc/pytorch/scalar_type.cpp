#include "pytorch/scalar_type.h"

#include <string>

#include "base/error.h"

namespace hidet {
namespace {

struct Row {
  c10::ScalarType type;
  DType dtype;
  std::string_view torch_name;
};

constexpr Row kRows[] = {
    {c10::ScalarType::Bool, DType::b8, "bool"},
    {c10::ScalarType::Byte, DType::u8, "uint8"},
    {c10::ScalarType::Char, DType::i8, "int8"},
    {c10::ScalarType::Short, DType::i16, "int16"},
    {c10::ScalarType::Int, DType::i32, "int32"},
    {c10::ScalarType::Long, DType::i64, "int64"},
    {c10::ScalarType::UInt16, DType::u16, "uint16"},
    {c10::ScalarType::UInt32, DType::u32, "uint32"},
    {c10::ScalarType::UInt64, DType::u64, "uint64"},
    {c10::ScalarType::Half, DType::f16, "float16"},
    {c10::ScalarType::BFloat16, DType::bf16, "bfloat16"},
    {c10::ScalarType::Float, DType::f32, "float32"},
    {c10::ScalarType::Double, DType::f64, "float64"},
    {c10::ScalarType::ComplexHalf, DType::opaque, "complex32"},
    {c10::ScalarType::ComplexFloat, DType::opaque, "complex64"},
    {c10::ScalarType::ComplexDouble, DType::opaque, "complex128"},
    {c10::ScalarType::Float8_e4m3fn, DType::opaque, "float8_e4m3fn"},
    {c10::ScalarType::Float8_e4m3fnuz, DType::opaque, "float8_e4m3fnuz"},
    {c10::ScalarType::Float8_e5m2, DType::opaque, "float8_e5m2"},
    {c10::ScalarType::Float8_e5m2fnuz, DType::opaque, "float8_e5m2fnuz"},
    {c10::ScalarType::Float8_e8m0fnu, DType::opaque, "float8_e8m0fnu"},
    {c10::ScalarType::QInt8, DType::opaque, "qint8"},
    {c10::ScalarType::QUInt8, DType::opaque, "quint8"},
    {c10::ScalarType::QInt32, DType::opaque, "qint32"},
};

}  // namespace

c10::ScalarType scalar_type_of(DType dtype) {
  for (const Row& row : kRows)
    if (row.dtype == dtype && dtype != DType::opaque) return row.type;
  HIDET_UNREACHABLE("{} has no type of PyTorch", name_of(dtype));
}

DType find_dtype(c10::ScalarType type) {
  for (const Row& row : kRows)
    if (row.type == type) return row.dtype;
  return DType::opaque;
}

c10::ScalarType scalar_type_of(std::string_view name) {
  for (const Row& row : kRows)
    if (row.torch_name == name) return row.type;
  HIDET_USER_ERROR(type, "tensors of {} are not supported", name);
}

std::string_view torch_name_of(c10::ScalarType type) {
  for (const Row& row : kRows)
    if (row.type == type) return row.torch_name;
  HIDET_USER_ERROR(type, "tensors of type {} are not supported", c10::toString(type));
}

}  // namespace hidet
