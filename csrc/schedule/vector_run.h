// vector_run: how many neighbours along an axis a thread of CUDA takes, so that vectors can bring
// them.
#pragma once

#include <vector>

#include "base/dtype.h"
#include "base/size_expr.h"

namespace hidet {

// A power of two: 16 bytes of the narrowest of `dtypes`, at most 8 and at least 4 elements; fewer
// where the extent is a constant that is no multiple of it.
int64_t vector_run(const SizeExpr& extent, const std::vector<DType>& dtypes);

}  // namespace hidet
