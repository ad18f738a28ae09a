// ConstantFolder: elementwise results that numbers, ranges of integers and exact identities decide.
#pragma once

#include <optional>
#include <vector>

#include "arith/range.h"
#include "graph/graph.h"

namespace hidet {

// What a result is at every index: a number, or the element of another value. Neither: unknown.
struct Folded {
  std::optional<Attribute> number;  // as `full` has it
  ValueId same = -1;                // of the result's dtype; broadcasts to the result
};

// Folds only what PyTorch computes to the same bit: integers wrap, floats are rounded once;
// elementary functions stay. Values are those of `graph`, which may grow while the folder lives.
class ConstantFolder {
 public:
  explicit ConstantFolder(const Graph& graph) : graph_(graph) {}

  // The result, of this dtype, of an elementwise node that need not be in the graph yet.
  Folded fold(const Node& node, DType result);
  // The number that a value is at every index: that of a `full` behind views.
  std::optional<Attribute> number(ValueId value) const;
  // Of the elements of an integer value: all of its dtype when nothing is known.
  Range range(ValueId value);

 private:
  const Node* behind_views(ValueId value) const;
  Range compute_range(ValueId value);

  const Graph& graph_;
  std::vector<std::optional<Range>> ranges_;  // by value
};

}  // namespace hidet
