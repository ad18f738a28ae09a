// lower_tiles: tile statements become loops over tasks and, where the target has them,
// instructions.
#pragma once

#include "ir/context.h"
#include "target/target.h"

namespace hidet {

// On CPU:
//   fill, copy: a loop over the tile's mapping, or over vectors along the last axis. A copy leaves
//     out what lies outside of the target's site, and reads zero outside of the source's.
//   reduce: along the axis of the lanes, vectors are combined, then their lanes; along another
//   axis,
//     a loop over the target's mapping.
//   mma: the outer product of a register tile: for each q the row of b once in registers, then for
//     each row of the tile one element of a, broadcast, and a fused multiply-add a vector. The
//     tile's mapping has its lanes along the columns. Operands must lie inside of their sites.
// On CUDA, by the threads of the block or role:
//   fill, copy: tasks of the tile's mapping, or of neighbouring threads along the last axis.
//   reduce: from registers to registers; each thread combines what it holds along the axis, then
//   the
//     threads of a warp exchange their results (every one of them gets the total).
//   mma: products of a column of a and a row of b in registers (passes/lower_mma_simt.h).
Program lower_tiles(const Program& program, const Target& target);

}  // namespace hidet
