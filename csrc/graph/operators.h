// What is known of each primitive operator, and its attributes by name.
#pragma once

#include "graph/graph.h"
#include "ir/expr.h"
#include "ir/stmt.h"

namespace hidet {

enum class OpKind : uint8_t { leaf, elementwise, index_map, reduction, contraction, pattern, aten };
OpKind kind_of(Op op);
std::string_view name_of(Op op);
// Of a row of ops.def.
std::optional<Op> find_op(std::string_view name);
// The operator, or the function that it applies: for the names of kernels.
std::string_view label_of(const Node& node);

Function function_of(const Node& node);                 // apply
ReduceKind reduction_kind(const Node& node);            // reduce
std::vector<int64_t> reduction_axes(const Node& node);  // reduce: sorted
double attention_scale(const Node& node);
bool attention_is_causal(const Node& node);
std::vector<int64_t> permutation_of(const Node& node);

// What evaluating one element costs, in simple operations: 10 for an elementary function.
int evaluation_cost(const Node& node);
// The result's elements lie in the operand's memory at an affine index.
bool is_strided_view(const Graph& graph, NodeId id);
// Each element of the operand appears exactly once in the result.
bool is_bijective_map(const Graph& graph, NodeId id);

// Attributes. InternalError when absent or of another type.
int64_t int_attribute(const Node& node, const std::string& name);
double float_attribute(const Node& node, const std::string& name);
SizeExpr size_attribute(const Node& node, const std::string& name);
std::vector<int64_t> ints_attribute(const Node& node, const std::string& name);
Attribute ints(const std::vector<int64_t>& values);
// An integer or a symbolic size; absent for anything else.
std::optional<SizeExpr> as_size(const Attribute& attribute);

}  // namespace hidet
