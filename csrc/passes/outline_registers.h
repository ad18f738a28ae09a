// outline_registers: registers do not reach into a function of its own; what it reads of them is
// handed over in memory.
#pragma once

#include "ir/context.h"

namespace hidet {

// Before an Outline, register arrays that its body uses are copied to local buffers, and those that
// it writes are copied back. So the address of the register array itself is never taken, and the
// host compiler keeps it in registers.
Program outline_registers(const Program& program);

}  // namespace hidet
