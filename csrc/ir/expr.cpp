#include "ir/expr.h"

#include "ir/context.h"

namespace hidet {

namespace {
Expr binary(Function function, Expr a, Expr b) {
  return a.context().call(function, {a, b});
}
Expr constant_like(Expr e, int64_t value) {
  return e.context().constant(e.type(), value);
}
Function division(Expr a) {
  return is_floating(a.type().dtype) ? Function::div : Function::floordiv;
}
}  // namespace

Expr operator+(Expr a, Expr b) {
  return binary(Function::add, a, b);
}
Expr operator-(Expr a, Expr b) {
  return binary(Function::sub, a, b);
}
Expr operator*(Expr a, Expr b) {
  return binary(Function::mul, a, b);
}
Expr operator/(Expr a, Expr b) {
  return binary(division(a), a, b);
}
Expr operator%(Expr a, Expr b) {
  return binary(Function::mod, a, b);
}
Expr operator-(Expr a) {
  return a.context().call(Function::neg, {a});
}
Expr operator+(Expr a, int64_t b) {
  return a + constant_like(a, b);
}
Expr operator-(Expr a, int64_t b) {
  return a - constant_like(a, b);
}
Expr operator*(Expr a, int64_t b) {
  return a * constant_like(a, b);
}
Expr operator/(Expr a, int64_t b) {
  return a / constant_like(a, b);
}
Expr operator%(Expr a, int64_t b) {
  return a % constant_like(a, b);
}
Expr operator<(Expr a, Expr b) {
  return binary(Function::lt, a, b);
}
Expr operator<=(Expr a, Expr b) {
  return binary(Function::le, a, b);
}
Expr operator&&(Expr a, Expr b) {
  return binary(Function::logical_and, a, b);
}
Expr operator||(Expr a, Expr b) {
  return binary(Function::logical_or, a, b);
}

std::optional<int64_t> as_int(Expr e) {
  if (const auto* b = e.as<Broadcast>()) return as_int(b->value);
  const auto* c = e.as<Constant>();
  if (!c || is_floating(c->type.dtype)) return std::nullopt;
  return c->as_int();
}

Expr IndexTraits<Expr>::bit_xor(const Expr& a, const Expr& b) {
  return binary(Function::bit_xor, a, b);
}

bool is_int(Expr e, int64_t value) {
  return as_int(e) == value;
}

}  // namespace hidet
