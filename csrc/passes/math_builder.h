// MathBuilder: writes float arithmetic on expressions of one type. Numbers are rounded to that
// type; integers are of the same width, as its bits are.
#pragma once

#include <vector>

#include "ir/context.h"

namespace hidet {

class MathBuilder {
 public:
  MathBuilder(Context& context, Type type) : context_(context), type_(type) {}

  Context& context() const { return context_; }
  Type type() const { return type_; }
  Expr number(double value) const { return context_.constant(type_, value); }
  Expr integer(int64_t value) const {
    return context_.constant(type_.with_dtype(wide() ? DType::i64 : DType::i32), value);
  }
  bool wide() const { return type_.dtype == DType::f64; }

  Expr call(Function f, std::vector<Expr> args) const { return context_.call(f, std::move(args)); }
  Expr fma(Expr a, Expr b, Expr c) const { return call(Function::fma, {a, b, c}); }
  Expr fma(Expr a, double b, Expr c) const { return fma(a, number(b), c); }
  Expr fma(Expr a, Expr b, double c) const { return fma(a, b, number(c)); }
  Expr fma(Expr a, double b, double c) const { return fma(a, number(b), number(c)); }
  Expr add(Expr a, double b) const { return a + number(b); }
  Expr sub(Expr a, double b) const { return a - number(b); }
  Expr mul(Expr a, double b) const { return a * number(b); }
  Expr sqrt(Expr x) const { return call(Function::sqrt, {x}); }
  Expr abs(Expr x) const { return call(Function::abs, {x}); }
  Expr round(Expr x) const { return call(Function::round, {x}); }
  // One instruction each; a NaN of x stays, which is why the limit is the first operand.
  Expr at_most(double limit, Expr x) const { return call(Function::min_fast, {number(limit), x}); }
  Expr at_least(double limit, Expr x) const { return call(Function::max_fast, {number(limit), x}); }

  Expr where(Expr c, Expr a, Expr b) const { return call(Function::where, {c, a, b}); }
  Expr where(Expr c, double a, Expr b) const { return where(c, number(a), b); }
  Expr less(Expr a, double b) const { return a < number(b); }
  Expr greater(Expr a, double b) const { return number(b) < a; }
  Expr equal(Expr a, double b) const { return call(Function::eq, {a, number(b)}); }

  Expr bits(Expr x) const { return call(Function::float_to_bits, {x}); }
  Expr floats(Expr i) const { return call(Function::bits_to_float, {i}); }
  Expr shift_left(Expr i, int64_t n) const { return call(Function::shift_left, {i, integer(n)}); }
  Expr shift_right(Expr i, int64_t n) const { return call(Function::shift_right, {i, integer(n)}); }
  Expr bit_and(Expr a, int64_t b) const { return call(Function::bit_and, {a, integer(b)}); }
  // The sign bit of x alone, as integers.
  Expr sign_bit(Expr x) const { return bit_and(bits(x), wide() ? INT64_MIN : INT32_MIN); }
  // The magnitude, which has no sign, with the sign of x.
  Expr with_sign(Expr magnitude, Expr x) const {
    return floats(call(Function::bit_or, {bits(magnitude), sign_bit(x)}));
  }

  // Coefficients from the constant up, by Horner's rule in fma.
  Expr polynomial(Expr x, const std::vector<double>& coefficients) const {
    Expr p = number(coefficients.back());
    for (size_t i = coefficients.size() - 1; i-- > 0;) p = fma(p, x, coefficients[i]);
    return p;
  }

 private:
  Context& context_;
  Type type_;
};

}  // namespace hidet
