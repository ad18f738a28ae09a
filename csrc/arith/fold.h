// Folding of calls on floating constants: exactly rounded operations only.
#pragma once

#include "ir/context.h"

namespace hidet {

// The value of a call whose operands are scalar constants, or null when the function is none whose
// result IEEE 754 fixes to the bit.
Expr fold_constants(Function function, const std::vector<Expr>& args);

// A cast of a floating constant to an integer that holds it; null for others.
Expr fold_cast(DType to, Expr constant);

}  // namespace hidet
