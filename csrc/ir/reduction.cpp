#include "ir/reduction.h"

#include <limits>

namespace hidet {

Function combination_of(ReduceKind kind) {
  constexpr Function functions[] = {Function::add, Function::mul,        Function::max,
                                    Function::min, Function::logical_or, Function::logical_and};
  return functions[static_cast<size_t>(kind)];
}

Expr reduction_identity(Context& context, ReduceKind kind, DType dtype) {
  Type type{dtype};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  int bits = bits_of(dtype);
  bool is_unsigned = class_of(dtype) != DTypeClass::signed_integer;
  int64_t largest =
      is_unsigned ? (bits == 64 ? -1 : (int64_t{1} << bits) - 1) : INT64_MAX >> (64 - bits);
  switch (kind) {
    case ReduceKind::sum:
    case ReduceKind::any:
      return context.constant(type, int64_t{0});
    case ReduceKind::prod:
    case ReduceKind::all:
      return context.constant(type, int64_t{1});
    case ReduceKind::min:
      return is_floating(dtype) ? context.constant(type, infinity)
                                : context.constant(type, largest);
    case ReduceKind::max:
      return is_floating(dtype) ? context.constant(type, -infinity)
                                : context.constant(type, is_unsigned ? 0 : -largest - 1);
  }
  HIDET_UNREACHABLE("reduction {}", static_cast<int>(kind));
}

Expr reduction_step(ReduceKind kind, Expr sum, Expr value) {
  return sum.context().call(combination_of(kind), {sum, value});
}

}  // namespace hidet
