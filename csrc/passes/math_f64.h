// Elementary functions of f32 values in f64 arithmetic: those that need more than f32 inside, and
// are rare enough for half the lanes a vector. `x` is f32; the builder is of f64. Relative error
// before the final rounding below 2^-35, so that the f32 result is within 0.51 units in the last
// place.
#pragma once

#include "passes/math_builder.h"

namespace hidet::math_f64 {

Expr expm1(const MathBuilder& m, Expr x);
Expr log2(const MathBuilder& m, Expr x);
Expr log10(const MathBuilder& m, Expr x);
Expr log1p(const MathBuilder& m, Expr x);
Expr sin(const MathBuilder& m, Expr x);
Expr cos(const MathBuilder& m, Expr x);
Expr tan(const MathBuilder& m, Expr x);
Expr asin(const MathBuilder& m, Expr x);
Expr acos(const MathBuilder& m, Expr x);
Expr atan(const MathBuilder& m, Expr x);
Expr atan2(const MathBuilder& m, Expr y, Expr x);
Expr sinh(const MathBuilder& m, Expr x);
Expr cosh(const MathBuilder& m, Expr x);
Expr asinh(const MathBuilder& m, Expr x);
Expr acosh(const MathBuilder& m, Expr x);
Expr atanh(const MathBuilder& m, Expr x);
Expr erfc(const MathBuilder& m, Expr x);
Expr pow(const MathBuilder& m, Expr x, Expr y);

}  // namespace hidet::math_f64
