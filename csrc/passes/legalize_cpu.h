// legalize_cpu: what C++ with vector extensions has no operation for becomes what it has.
#pragma once

#include "ir/context.h"

namespace hidet {

// Afterwards: arithmetic is on f32, f64 and integers (f16 and bf16 only in casts from and to f32,
// moves and selections); vectors are cast neither from nor to b8; min and max are comparisons that
// say what becomes of a NaN; divisions of integers that cannot be negative are truncating ones;
// counts of shifts are in range. Elementary functions must have been lowered.
Program legalize_cpu(const Program& program);

}  // namespace hidet
