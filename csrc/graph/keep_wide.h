// keep_wide: where fp16 and bf16 values may stay fp32 between the operators of one kernel.
#pragma once

#include "graph/graph.h"

namespace hidet {

// Sets the attribute "wide" of casts to a wider floating type that may use their operand as it was
// before an operator rounded its result: when it is computed in the same kernel, the two casts are
// left out. Not where the user asked for the narrow type (a cast of theirs, marked "explicit"), nor
// where a comparison, a rounding function or a conversion to an integer sees the value.
Graph keep_wide(Graph graph);

}  // namespace hidet
