// lower_tensor_copy: a copy by TMA.
#pragma once

#include "passes/tile_access.h"

namespace hidet {

// From a site to shared memory, in boxes that are as wide as the swizzle of the target:
// instructions "tma_load" that still have the value of the box's first element in the source, of
// which passes/lower_copies.h finds the tensor. Values: that one; the extents of the box along the
// axes of the source; the bytes of the swizzle's pattern.
Stmt lower_tensor_copy(const Copy& node, const TileAccess& access);

}  // namespace hidet
