// lower_variants: a CUDA kernel twice: for arguments as they usually are, and for any.
#pragma once

#include "driver/lower_kernel.h"

namespace hidet {

// `program`: the kernel with filled sites. The first variant accesses memory by vectors and
// computes indices in 32 bits; its record states what that takes for granted: buffers that are
// aligned, sizes that are divisible, indices below 2^31. What is known of the graph's sizes and
// buffers is not assumed, and where that is all, there is no other variant.
LoweredKernel lower_variants(const FilledKernel& kernel, const Program& program,
                             const Target& target, const PassOptions& options);

}  // namespace hidet
