// spread_over_threads: who does which element of a tile where nothing else says so.
#pragma once

#include "ir/context.h"

namespace hidet {

// Neighbours along the last axis to neighbouring threads, then along the one before. The extents
// are constants; the mapping may have more tasks than they say.
Mapping spread_over_threads(Context& context, const std::vector<Expr>& extents, int64_t threads);

}  // namespace hidet
