// Elementary functions in f32 arithmetic: the ones whose speed matters. Each takes and returns
// expressions of the builder's type, f32 with any number of lanes. Errors: lower_functions.h.
#pragma once

#include "passes/math_builder.h"

namespace hidet::math_f32 {

Expr exp(const MathBuilder& m, Expr x);
Expr exp2(const MathBuilder& m, Expr x);
Expr exp_nonpositive(const MathBuilder& m, Expr x);
Expr log(const MathBuilder& m, Expr x);
Expr sigmoid(const MathBuilder& m, Expr x);
Expr tanh(const MathBuilder& m, Expr x);
Expr erf(const MathBuilder& m, Expr x);
Expr gelu_erf(const MathBuilder& m, Expr x);

}  // namespace hidet::math_f32
