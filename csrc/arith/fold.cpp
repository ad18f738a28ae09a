#include "arith/fold.h"

#include <cmath>
#include <type_traits>

namespace hidet {

namespace {

// Arithmetic in T, whose result is then rounded to the type: that rounds once, because a 16-bit
// float's sum, product, quotient and square root are safe from double rounding through f32.
template <class T>
std::optional<double> arithmetic(Function f, T a, T b, T c, bool fused) {
  switch (f) {
    case Function::add:
      return a + b;
    case Function::sub:
      return a - b;
    case Function::mul:
      return a * b;
    case Function::div:
      return a / b;
    case Function::sqrt:
      return std::sqrt(a);
    case Function::reciprocal:
      return T(1) / a;
    case Function::fma:
      if (fused) return std::fma(a, b, c);
      return std::nullopt;
    case Function::neg:
      return -a;
    case Function::abs:
      return std::fabs(a);
    case Function::floor:
      return std::floor(a);
    case Function::ceil:
      return std::ceil(a);
    case Function::trunc:
      return std::trunc(a);
    case Function::round:
      return std::nearbyint(a);
    case Function::min:
      if (std::isnan(a)) return a;
      return b < a || std::isnan(b) ? b : a;
    case Function::max:
      if (std::isnan(a)) return a;
      return a < b || std::isnan(b) ? b : a;
    default:
      return std::nullopt;
  }
}

std::optional<bool> comparison(Function f, double a, double b) {
  switch (f) {
    case Function::eq:
      return a == b;
    case Function::ne:
      return a != b;
    case Function::lt:
      return a < b;
    case Function::le:
      return a <= b;
    case Function::gt:
      return a > b;
    case Function::ge:
      return a >= b;
    case Function::is_nan:
      return std::isnan(a);
    case Function::is_inf:
      return std::isinf(a);
    default:
      return std::nullopt;
  }
}

}  // namespace

Expr fold_constants(Function function, const std::vector<Expr>& args) {
  double values[3] = {0, 0, 0};
  for (size_t i = 0; i < args.size(); i++) {
    const auto* c = args[i].as<Constant>();
    if (!c || !is_floating(c->type.dtype)) return {};
    values[i] = c->as_float();
  }
  Context& context = args[0].context();
  Type type = args[0].type();
  if (auto truth = comparison(function, values[0], values[1])) return context.boolean(*truth);
  std::optional<double> value;
  if (type.dtype == DType::f64)
    value = arithmetic<double>(function, values[0], values[1], values[2], true);
  else
    value =
        arithmetic<float>(function, static_cast<float>(values[0]), static_cast<float>(values[1]),
                          static_cast<float>(values[2]), type.dtype == DType::f32);
  return value ? context.constant(type, *value) : Expr();
}

Expr fold_cast(DType to, Expr constant) {
  const auto* c = constant.as<Constant>();
  if (!c || !is_floating(c->type.dtype)) return {};
  double value = c->as_float();
  if (is_boolean(to)) return constant.context().boolean(value != 0);
  if (!is_integer(to) || !(std::fabs(value) < 9e18)) return {};
  auto whole = static_cast<int64_t>(value);
  Expr result = constant.context().constant(Type{to}, whole);
  return as_int(result) == whole ? result : Expr();
}

}  // namespace hidet
