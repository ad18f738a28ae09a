// Reductions on CUDA that keep the last axis, or that reduce several axes; as reduce_columns has
// them for a CPU.
//
// Along a kept last axis, a block has 32 of its elements and eight groups of threads, each of which
// walks every eighth slice of the outermost reduced axis; else a block has one result, and its
// threads walk the last reduced axis side by side. Few results over many elements are split over
// more blocks, whose pieces a second kernel adds up in order. No result depends on timing.
#pragma once

#include "schedule/reduce_columns.h"

namespace hidet {

// Sites as of reduce_columns.
Result<KernelSequence> reduce_cuda(const ReduceProblem& problem, const Target& target);

}  // namespace hidet
