// bind_shared: shared values are computed once, and where they are needed last of all outside of
// loops.
#pragma once

#include "ir/context.h"

namespace hidet {

// Expressions form a graph; text is a tree. An expression with several uses, or one that does not
// change in a loop around its use, is bound by a Let in the innermost block that contains all uses,
// moved out of the loops that it does not depend on. Reads and divisions are never moved to where
// they might not have been evaluated. Numbers, short sums and products of indices, broadcasts and
// ramps are written where they are used.
Program bind_shared(const Program& program);

}  // namespace hidet
