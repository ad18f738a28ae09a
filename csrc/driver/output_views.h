// Results that are views: in PyTorch they share memory with what they are views of.
#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"

namespace hidet {

// Result i of a graph lies in the memory of a root, `offset` elements into it.
struct OutputView {
  bool of_argument = false;  // the root is graph.inputs[root], else graph.outputs[root]
  int root = 0;
  SizeExpr offset;
  std::vector<SizeExpr> sizes, strides;
  std::string name;
};

// By result: set where ATen's view operators lead from an argument or another result to it. Those
// results become -1, so that nothing is computed for them. `graph` has calls of ATen only.
std::vector<std::optional<OutputView>> take_output_views(Graph& graph);

}  // namespace hidet
