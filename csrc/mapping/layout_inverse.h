// The inverse of a layout over integers: storage offset -> logical index.
#pragma once

#include <vector>

#include "mapping/layout.h"

namespace hidet {

// Whether no two indices share an offset, decided by the nesting of the modes: each stride spans
// all modes of smaller stride. All layouts with a name pass; a layout whose modes interleave
// without a collision is refused.
bool is_injective(const Layout<int64_t>& layout);

// Injective, and every offset below size() holds an element: no padding, no base offset.
bool is_bijective(const Layout<int64_t>& layout);

// The index stored at `offset`; nothing where there is padding. The layout is injective.
std::optional<std::vector<int64_t>> index_at(const Layout<int64_t>& layout, int64_t offset);

}  // namespace hidet
