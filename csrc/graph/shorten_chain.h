// shorten_chain: views of views and conversions of conversions as one.
#pragma once

#include "graph/graph.h"

namespace hidet {

// Makes `node` read what an earlier node of its kind reads, where the two are one node of that kind
// (a view of a view, a slice of a slice on one axis, a conversion of an exact conversion). True
// when it did: there may be more to shorten. Values at the border stay read. `result`: the node's
// dtype.
bool shorten_chain(const Graph& graph, Node& node, DType result);

// The node's result, of this dtype and shape, has the elements of its operand at the same indices.
bool changes_nothing(const Graph& graph, const Node& node, const Value& result);

}  // namespace hidet
