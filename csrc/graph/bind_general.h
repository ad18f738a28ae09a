// bind_general: a graph that was specialised to sizes of 1, as the general graph that it is a case
// of.
//
// Why: whoever traces a model makes a graph of its own for a batch or a length of 1. Kernels of the
// general graph serve that case, too; compiled as the general graph it needs no kernel of its own.
#pragma once

#include <optional>

#include "graph/graph.h"

namespace hidet {

// Whether a primitive operator of the graph takes two sizes for equal that are written differently.
// Where one of them is 1 and the other is not, it would be a broadcast.
bool assumes_equal_sizes(const Graph& graph);

// `general` with the arguments of `special`, when some symbols of `general` replaced by 1, and the
// others by symbols of `special`, make it compute what `special` computes. Absent otherwise. Both
// are graphs of ATen calls. Symbols of `special` keep their numbers; a size that is 1 in `special`
// is a symbol that an argument tells. Ranges hold those of both. Layouts of axes of extent 1 may
// differ.
std::optional<Graph> bind_general(const Graph& general, const Graph& special);

}  // namespace hidet
