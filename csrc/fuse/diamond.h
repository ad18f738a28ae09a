// find_diamond: the elementwise nodes between a value that several nodes read and the one value in
// which they meet again, as in 0.5 * x * (1 + tanh(x + 0.04 * x * x * x)).
#pragma once

#include <functional>
#include <optional>

#include "fuse/dependence.h"

namespace hidet {

// In topological order; the result of the last is where they meet. All have the shape of `from`.
// `may_be_read`: whether an operand from outside is there when `from` is computed. Nothing when
// they do not meet, or only after many nodes.
std::optional<std::vector<NodeId>> find_diamond(const Graph& graph, const Dependence& dependence,
                                                ValueId from,
                                                const std::function<bool(ValueId)>& may_be_read);

}  // namespace hidet
