// vector_run: how many neighbours along an axis a thread of CUDA takes, so that vectors can bring
// them.
#pragma once

#include <span>

#include "base/dtype.h"
#include "base/size_expr.h"

namespace hidet {

// A power of two: 16 bytes of the widest dtype, at most 8 and at least 4 elements; fewer where the
// extent is a constant that is no multiple of it. More would be two vectors of what is widest, and
// each of them would touch the halves of sectors.
int64_t vector_run(const SizeExpr& extent, std::span<const DType> outputs,
                   std::span<const DType> inputs = {});

}  // namespace hidet
