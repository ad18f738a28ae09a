// restrict_mapping: one axis of a task mapping, for what the tasks along it have in common.
#pragma once

#include "ir/expr.h"

namespace hidet {

// The mapping of rank 1 by which each worker has the places along `axis` of its tasks, each once,
// in their order. Workers that differ along other axes only hold copies. Not for tables.
Mapping restrict_mapping(const Mapping& mapping, int axis);

// How the threads of a warp that hold different places of a mapping of rank 1 differ, one bit of
// the thread's number at a time, lowest first. Those threads are a power of two, and in one warp.
std::vector<int> lane_bits(const Mapping& mapping);

}  // namespace hidet
