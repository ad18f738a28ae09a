// predicted_seconds: what the cost model expects of a kernel of a graph.
#pragma once

#include "driver/group_kernels.h"
#include "runtime/kernel_record.h"

namespace hidet {

// The work of one launch of a kernel: of its template, with blocks, steps and bytes of this graph,
// symbols at their hints. Each buffer is read or written once.
CudaWork work_of(const Graph& graph, const FilledKernel& kernel, const KernelRecord& record);

}  // namespace hidet
