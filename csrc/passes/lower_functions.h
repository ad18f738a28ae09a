// lower_functions: elementary functions become plain arithmetic: range reduction, polynomials in
// fma, exponents by integer operations. The result does not depend on the number of lanes.
//
// f32: errors in units in the last place against exact values, over all finite arguments, tested on
// dense samples (lower_functions_test.cpp has the same table):
//   exp, exp2, exp_nonpositive, log, tanh, erf               <= 1
//   sigmoid                                                  <= 1.3
//   rsqrt                                                    <= 1.5 (as 1 / sqrt)
//   expm1, log2, log10, log1p, sin, cos, tan, asin, acos,
//   atan, atan2, sinh, cosh, asinh, acosh, atanh, erfc, pow  <= 1 (computed in f64: mostly 0.5)
//   gelu_erf: <= 2 for x > 0; below 0 the error is <= 6e-8 absolutely, and relatively <= 2^-12
//             down to -8
// NaN, infinities and signed zeros are those of C; denormal arguments and results are exact to the
// same error, except that results below 2^-126 of exp_nonpositive and sigmoid are 0, and those of
// gelu_erf for x < -8.5 stay at about -8e-17.
// exp_nonpositive is for x <= 0 only; -inf gives 0, NaN stays.
//
// f16, bf16: computed in f32 and rounded once more.
// f64: sigmoid, gelu_erf, exp_nonpositive and rsqrt become exp, erfc and sqrt; the other functions
// stay calls, which the emitter prints as calls of the C library, lane by lane.
#pragma once

#include "ir/context.h"

namespace hidet {

// The value of an elementary function (ir/function.h: is_elementary) on arguments of one float
// type. May be a call of an elementary function for f64 only.
Expr lower_function(Context& context, Function function, const std::vector<Expr>& args);

// Every elementary call in the program, which needs no particular level.
Program lower_functions(const Program& program);

}  // namespace hidet
