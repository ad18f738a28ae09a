// GraphEditor: writes primitive operators into a graph, with their shapes and dtypes.
#pragma once

#include "base/result.h"
#include "graph/operators.h"

namespace hidet {

class GraphEditor {
 public:
  explicit GraphEditor(Graph& graph) : graph_(graph) {}

  Graph& graph() { return graph_; }
  const std::vector<SizeExpr>& shape(ValueId value) const { return graph_.values[value].shape; }
  DType dtype(ValueId value) const { return graph_.values[value].dtype; }
  int64_t rank(ValueId value) const { return static_cast<int64_t>(shape(value).size()); }
  // The FX node whose expansion is being written: names new nodes.
  void name(std::string name) { name_ = std::move(name); }

  // A number of rank 0, or of a shape.
  // The attribute becomes one of the dtype's class. Throws DeclinedCall for what is no such number.
  ValueId number(DType dtype, const Attribute& value, std::vector<SizeExpr> shape = {});
  ValueId iota(DType dtype, SizeExpr length, Attribute start, Attribute step);
  // Operands broadcast against each other.
  ValueId apply(Function function, std::vector<ValueId> operands);
  ValueId cast(ValueId value, DType dtype);
  // As the user asked for it.
  ValueId explicit_cast(ValueId value, DType to);
  // value != 0, as booleans.
  ValueId is_nonzero(ValueId value);
  ValueId reshape(ValueId value, std::vector<SizeExpr> shape);
  ValueId permute(ValueId value, std::vector<int64_t> order);
  ValueId expand(ValueId value, std::vector<SizeExpr> shape);
  ValueId slice(ValueId value, int64_t axis, SizeExpr start, SizeExpr length, int64_t step = 1);
  ValueId flip(ValueId value, const std::vector<int64_t>& axes);
  ValueId cat(std::vector<ValueId> values, int64_t axis);
  ValueId pad(ValueId value, std::vector<int64_t> before, std::vector<int64_t> after,
              const Attribute& v);
  ValueId take(ValueId table, ValueId rows);
  // x[i0, i1, ...]: integers broadcast; negative ones count from the end.
  ValueId index(ValueId table, std::vector<ValueId> positions);
  ValueId gather(ValueId table, int64_t axis, ValueId positions);
  // Axes vanish, or stay with extent 1.
  ValueId reduce(ReduceKind kind, ValueId value, std::vector<int64_t> axes, bool keep_axes,
                 DType result);
  // 16-bit floats give f32, the type of the accumulator.
  ValueId matmul(ValueId a, ValueId b);
  ValueId attention(ValueId q, ValueId k, ValueId v, std::optional<ValueId> mask, double scale,
                    bool causal);
  // Any node; returns its first result.
  ValueId add(Node node, DType dtype, std::vector<SizeExpr> shape);

  static std::vector<SizeExpr> broadcast(const std::vector<SizeExpr>& a,
                                         const std::vector<SizeExpr>& b);
  // A value of shape `from` can be expanded to `to`.
  static bool broadcasts(const std::vector<SizeExpr>& from, const std::vector<SizeExpr>& to);

 private:
  Graph& graph_;
  std::string name_;
};

}  // namespace hidet
