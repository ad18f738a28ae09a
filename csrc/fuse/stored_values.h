// Which values are written to memory, what computes them, and the order of the groups.
#pragma once

#include "fuse/groups.h"

namespace hidet {

// Fills stored, outputs, constant and the order of `grouping.groups`; adds pointwise groups for
// values that have to be in memory and are in no group yet:
// those at the border, operands that a template reads again and again (A of a product, keys and
// values of attention), results that several kernels would have to compute again, and what
// depends on weights alone.
void store_values(const Graph& graph, const Dependence& dependence, Grouping& grouping);

}  // namespace hidet
