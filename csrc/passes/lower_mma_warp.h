// lower_mma_warp: a matrix product by an instruction of the threads of a warp.
#pragma once

#include "passes/tile_access.h"

namespace hidet {

// The accumulator is a register tile mapped by (who does which atom) * (the atom's accumulator).
// An operand is a tile of shared memory, whose parts are loaded in fragments of the atom: matrices
// at a time for 16-bit elements that lie side by side, elements else. The left one may be a
// register tile that has the atom's fragments already, such as the accumulator of another product.
Stmt lower_mma_warp(const Mma& node, const TileAccess& access);

}  // namespace hidet
