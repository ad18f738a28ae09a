// What is known of each scalar function of functions.def.
#pragma once

#include "ir/expr.h"

namespace hidet {

// The type of a call; operand types have been checked by Context::call.
Type result_type(Function function, const std::vector<Expr>& args);

// True when f(a, b) == f(b, a) for all a and b, NaN included.
bool is_commutative(Function function);

// The functions that lower_functions replaces by plain arithmetic.
bool is_elementary(Function function);

// The value of an integer or boolean function on int64 operands that hold values of `type`, wrapped
// to `type`. Absent for a function that is none on integers, and for a division by zero.
std::optional<int64_t> evaluate_integer(Function function, DType type,
                                        const std::vector<int64_t>& args);

// `value` reduced to the range of an integer or boolean dtype, as a store of its bits would.
int64_t wrap_integer(DType dtype, int64_t value);

// `value` rounded to a floating dtype (to nearest, ties to even).
double round_float(DType dtype, double value);

}  // namespace hidet
