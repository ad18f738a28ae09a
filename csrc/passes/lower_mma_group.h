// lower_mma_group: an asynchronous matrix product by the threads of a warpgroup.
#pragma once

#include "passes/tile_access.h"

namespace hidet {

// wgmma: both operands lie in shared memory by a swizzled layout whose rows are as long as the
// swizzle's pattern, and are described to the instruction by it. Rows of the tile may be the
// terms of the product or its other axis, which may be cut into several panels of such rows.
Stmt lower_mma_group(const Mma& node, const TileAccess& access);

}  // namespace hidet
