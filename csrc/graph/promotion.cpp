#include "graph/promotion.h"

#include <optional>

#include "graph/declined_call.h"

namespace hidet {

namespace {

int class_rank(DType dtype) {
  return is_boolean(dtype) ? 0 : is_integer(dtype) ? 1 : 2;
}

DType promote_pair(DType a, DType b) {
  if (a == b) return a;
  if (class_rank(a) != class_rank(b)) return class_rank(a) > class_rank(b) ? a : b;
  if (is_floating(a)) {
    const bool halves = bits_of(a) == 16 && bits_of(b) == 16;
    return halves ? DType::f32 : bits_of(a) > bits_of(b) ? a : b;
  }
  if (a == DType::u8 || b == DType::u8) {
    const DType other = a == DType::u8 ? b : a;
    if (class_of(other) == DTypeClass::signed_integer)
      return other == DType::i8 ? DType::i16 : other;
  }
  if (class_of(a) != class_of(b) || class_of(a) == DTypeClass::unsigned_integer)
    throw DeclinedCall{"unsigned integers are mixed with other types"};
  return bits_of(a) > bits_of(b) ? a : b;
}

}  // namespace

DType promoted_type(const std::vector<PromotedOperand>& operands) {
  std::optional<DType> by_category[3];
  for (const PromotedOperand& operand : operands) {
    auto& slot = by_category[static_cast<size_t>(operand.category)];
    slot = slot ? promote_pair(*slot, operand.dtype) : operand.dtype;
  }
  std::optional<DType> result;
  for (int category = 2; category >= 0; category--)
    if (by_category[category] &&
        (!result || class_rank(*by_category[category]) > class_rank(*result)))
      result = *by_category[category];
  return *result;
}

DType arithmetic_type(DType dtype) {
  return is_floating(dtype) && bits_of(dtype) == 16 ? DType::f32 : dtype;
}

}  // namespace hidet
