// guard_reads: an element that is used only where a condition holds is read only there.
#pragma once

#include "ir/context.h"

namespace hidet {

// `where(c, f(X[i]), y)` computes f everywhere, but X[i] may lie outside of X where c is false.
// Each Element that occurs in branches of such a `where` only, becomes a Load with a mask before
// the statement. Elements that occur outside of branches, and those whose tests compare no integers
// of 64 bits, which indices are, stay as they are.
Program guard_reads(const Program& program);

}  // namespace hidet
