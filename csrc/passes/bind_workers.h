// bind_workers: the task loops of a CUDA program become the loops of its launch, blocks and
// threads.
#pragma once

#include "ir/context.h"

namespace hidet {

// The one loop over tasks of blocks becomes a loop over blocks with one over threads directly
// inside it; a loop over tasks of threads becomes what the thread at hand does. Repeat loops are
// unrolled where the body touches a register tile. Where several threads hold copies of a task, the
// first of them alone writes memory that others see. In a role, threads are counted from its first
// warp on. Tile statements have been lowered. grid becomes the number of blocks.
Program bind_workers(const Program& program);

}  // namespace hidet
