// lower_kernel: a kernel of a group, from open sites to text and record.
#pragma once

#include "driver/group_kernels.h"
#include "driver/plan_builder.h"
#include "passes/lower_cpu.h"

namespace hidet {

// `hook` sees the program after each pass. InternalError for a bug: it names the pass and shows the
// program before it.
LoweredKernel lower_kernel(FilledKernel& kernel, const Target& target, const PassHook& hook);

}  // namespace hidet
