// lower_mma_simt: a product of tiles by scalar multiply-adds of CUDA threads.
#pragma once

#include "passes/tile_access.h"

namespace hidet {

// For each term q: a thread reads the elements of column q of a and of row q of b that its part of
// the accumulator, a register tile, needs, and adds their products. Operands must lie inside of
// their sites.
Stmt lower_mma_simt(const Mma& node, const TileAccess& access);

}  // namespace hidet
