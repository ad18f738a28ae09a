// lower_task_mapping: loops over tasks become loops.
#pragma once

#include "ir/context.h"

namespace hidet {

// Each ForTask becomes its repeat loops, and of its workers:
//   core: the program's parallel loop, one iteration a worker;
//   lane: a loop of kind `vector` around the body, one iteration a lane.
// Repeat loops over register tiles are unrolled, others serial. Tasks outside `covers` are left
// out: by a loop bound where a loop runs over that axis alone; by a second copy of the body with
// its lanes tested for the last, partial vector; else by an If. Nothing is tested that ranges
// prove.
Program lower_task_mapping(const Program& program);

}  // namespace hidet
