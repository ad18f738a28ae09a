// vector_registers: register arrays that are read and written in whole vectors become arrays of
// vectors.
#pragma once

#include "ir/context.h"

namespace hidet {

// Every access is a Ramp of stride 1 whose base is a multiple of the lanes; arrays accessed by
// single elements only stay as they are.
Program vector_registers(const Program& program);

}  // namespace hidet
