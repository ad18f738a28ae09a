// lower_cuda: the passes that a CUDA program goes through, in order.
#pragma once

#include "passes/run_passes.h"

namespace hidet {

// From filled sites (filling_passes of passes/lower_cpu.h, which serve both) to Level::target.
std::vector<Pass> cuda_passes();

}  // namespace hidet
