// launch_size: an extent of a launch, as the record of a kernel states it.
#pragma once

#include "ir/expr.h"

namespace hidet {

// `e`, which is not negative, with the functions that targets have for such numbers (truncating
// division, the fast minimum) replaced by those that sizes are stated in.
Expr launch_size(Expr e);

}  // namespace hidet
