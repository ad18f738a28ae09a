// simplify: every expression in canonical form (arith/analyzer.h) under what holds where it stands.
// Loops of one iteration lose their loop, conditions that are decided their branch; masks that are
// always true vanish, accesses whose mask is false too.
#pragma once

#include "ir/context.h"

namespace hidet {

Program simplify(const Program& program);

}  // namespace hidet
