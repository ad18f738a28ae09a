// Definitions: the element of an operator's result at an index, in terms of its operands' elements.
#pragma once

#include "graph/operators.h"
#include "graph/reshape_map.h"

namespace hidet {

// The element of operand `operand` at an index.
using ReadOperand = std::function<Expr(int operand, std::vector<Expr> index)>;

// For leaves, elementwise operators and index maps. Element types are those of the values; 16-bit
// floats are rounded only where a cast is. `context` owns the result.
Expr element_of(const Graph& graph, NodeId id, const std::vector<Expr>& index, Context& context,
                const ReadOperand& read, const LowerSize& size);

// The index in the result of the operand's element at `index`: for bijective maps.
std::vector<Expr> forward_index(const Graph& graph, NodeId id, const std::vector<Expr>& index,
                                Context& context, const LowerSize& size);

// The condition under which eager raises IndexError for the element at `index`; null when never.
// element_of itself reads nothing outside of the operands, whatever the indices are.
Expr out_of_range(const Graph& graph, NodeId id, const std::vector<Expr>& index, Context& context,
                  const ReadOperand& read, const LowerSize& size);

}  // namespace hidet
