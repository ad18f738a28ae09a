// expand_operators: calls of ATen become primitive operators, where there is a row for them.
#pragma once

#include <functional>

#include "graph/declined_call.h"
#include "graph/graph_editor.h"
#include "graph/promotion.h"

namespace hidet {

// Every value keeps its shape and dtype, and those at the border (graph outputs, sources of
// mutations, operands and results of the ATen calls that stay) their strides; all other layouts are
// free. Composites are expanded (softmax into max, sub, exp, sum, div), conversions made explicit:
// operands to the type that PyTorch promotes them to, 16-bit floats to f32 for arithmetic and back.
// A call that stays has its reason in Node::aten_reason.
Graph expand_operators(const Graph& graph);

// The rows' names, "aten::add.Tensor", sorted: what must not be decomposed before.
std::vector<std::string> expanded_operators();

// A call as its expansion sees it.
class AtenCall {
 public:
  AtenCall(const Node& node, const std::vector<ValueId>& values, const Graph& source)
      : node_(node), values_(values), source_(source) {}

  size_t count() const { return node_.aten_arguments.size(); }
  const Attribute& argument(size_t i) const;
  bool is_none(size_t i) const;
  bool is_tensor(size_t i) const;
  // The operand in the new graph. Declines are thrown as DeclinedCall.
  ValueId tensor(size_t i) const { return tensor_of(argument(i)); }
  ValueId tensor_of(const Attribute& argument) const;
  std::vector<ValueId> tensors(size_t i) const;
  int64_t integer(size_t i, int64_t otherwise = 0) const;  // `otherwise` for None
  double real(size_t i, double otherwise = 0) const;
  bool flag(size_t i) const;
  std::vector<int64_t> integers(size_t i) const;  // empty for None
  std::vector<SizeExpr> sizes(size_t i) const;
  SizeExpr size(size_t i) const;
  std::string text(size_t i) const;
  // What the call's result has to be.
  const Value& result(size_t i = 0) const { return source_.values[node_.outputs[i]]; }
  bool has_result(size_t i) const { return i < node_.outputs.size() && node_.outputs[i] >= 0; }
  size_t result_count() const { return node_.outputs.size(); }
  // Whether anybody reads result i.
  bool result_used(size_t i) const;

 private:
  const Node& node_;
  const std::vector<ValueId>& values_;
  const Graph& source_;
};

// Results of an expansion, in order; -1 for one that nobody reads.
using Expansion = std::function<std::vector<ValueId>(GraphEditor&, const AtenCall&)>;
using ExpansionTable = std::map<std::string, Expansion>;

void add_elementwise_expansions(ExpansionTable& table);
void add_view_expansions(ExpansionTable& table);
void add_indexing_expansions(ExpansionTable& table);
void add_creation_expansions(ExpansionTable& table);
void add_reduction_expansions(ExpansionTable& table);
void add_normalisation_expansions(ExpansionTable& table);
void add_product_expansions(ExpansionTable& table);

// A negative axis counts from the end.
int64_t wrap_axis(int64_t axis, int64_t rank);
// A constant position on an axis, clamped as Python does; negative ones count from the end.
SizeExpr clamp_position(const SizeExpr& position, const SizeExpr& extent);

}  // namespace hidet
