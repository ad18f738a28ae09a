#include "base/dtype.h"

#include "base/error.h"

namespace hidet {

namespace {
struct Row {
  std::string_view name;
  int bits;
  DTypeClass kind;
};
constexpr Row kRows[] = {
#define HIDET_DTYPE(name, bits, class) {#name, bits, DTypeClass::class},
#include "base/dtypes.def"
#undef HIDET_DTYPE
};
const Row& row(DType dtype) {
  return kRows[static_cast<size_t>(dtype)];
}
}  // namespace

int bits_of(DType dtype) {
  return row(dtype).bits;
}
DTypeClass class_of(DType dtype) {
  return row(dtype).kind;
}
std::string_view name_of(DType dtype) {
  return row(dtype).name;
}

DType parse_dtype(std::string_view name) {
  for (size_t i = 0; i < std::size(kRows); i++)
    if (kRows[i].name == name) return static_cast<DType>(i);
  HIDET_UNREACHABLE("unknown dtype '{}'", name);
}

}  // namespace hidet
