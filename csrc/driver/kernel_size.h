// A size of a kernel as the runtime evaluates it: expressions over the program's size arguments.
#pragma once

#include "base/size_expr.h"
#include "ir/program.h"

namespace hidet {

// Symbol i of the result is program.sizes[i]. InternalError for an expression that the runtime
// cannot evaluate: anything but sums, products, quotients, minima and maxima of sizes.
SizeExpr kernel_size(const Program& program, Expr e);

}  // namespace hidet
