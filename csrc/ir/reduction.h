// What a reduction is made of: the value it starts from and the function that combines two.
#pragma once

#include "ir/context.h"

namespace hidet {

Function combination_of(ReduceKind kind);
// The value that a reduction starts from.
Expr reduction_identity(Context& context, ReduceKind kind, DType dtype);
// One step of a reduction.
Expr reduction_step(ReduceKind kind, Expr sum, Expr value);

}  // namespace hidet
