// narrow_indices: indices in 32 bits.
#pragma once

#include "ir/context.h"

namespace hidet {

// Loop variables, Lets and expressions that are indices (passes/index_bound.h) become i32; data,
// and what data takes part in, keeps its type. Right for sizes with index_bound(program) < 2^31: no
// other are to reach it. Sizes stay i64 arguments.
Program narrow_indices(const Program& program);

}  // namespace hidet
