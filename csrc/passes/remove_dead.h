// remove_dead: leaves out what has no effect.
#pragma once

#include "ir/context.h"

namespace hidet {

// Lets and Loads whose variable is not used, Lets of a variable or a constant (replaced by it),
// loops and Ifs without a body, the loop around a body that runs once, buffers that are never read
// and the stores into them.
Program remove_dead(const Program& program);

}  // namespace hidet
