// lower_cuda: the passes that a CUDA program goes through, in order.
#pragma once

#include "passes/run_passes.h"

namespace hidet {

// From filled sites (filling_passes of passes/lower_cpu.h, which serve both) to Level::target.
// `alignment`: bytes that the memory which the program reads is taken to be aligned to, where a
// buffer says less; 0: nothing.
std::vector<Pass> cuda_passes(int64_t alignment = 0);

}  // namespace hidet
