// lower_cuda: the passes that a CUDA program goes through, in order.
#pragma once

#include "passes/run_passes.h"

namespace hidet {

// From filled sites (filling_passes of passes/lower_cpu.h, which serve both) to Level::target.
// narrow: indices in 32 bits, for sizes that allow it (passes/narrow_indices.h).
std::vector<Pass> cuda_passes(bool narrow = false);
// The two parts of it. In between stands what index_bound() is asked about.
std::vector<Pass> cuda_loop_passes();
std::vector<Pass> cuda_last_passes(bool narrow);

}  // namespace hidet
