// lower_mma_cpu: a product of tiles as the outer-product kernel of a CPU (see lower_tiles.h).
#pragma once

#include "passes/tile_access.h"
#include "target/target.h"

namespace hidet {

Stmt lower_mma_cpu(const Mma& node, const TileAccess& access, const Target& target);

}  // namespace hidet
