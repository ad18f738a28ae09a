// takes_all: index and take whose positions are all positions in order, which is a reshape.
#pragma once

#include "graph/fold_constants.h"

namespace hidet {

// The node's result, of this shape, has the elements of operand 0 in row-major order. `folder` is
// that of `graph`.
bool takes_all(const Graph& graph, const Node& node, const std::vector<SizeExpr>& shape,
               ConstantFolder& folder);

}  // namespace hidet
