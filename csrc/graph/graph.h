// Graph: the operators of one FX graph after AOTAutograd, in topological order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/device.h"
#include "base/dtype.h"
#include "base/size_expr.h"

namespace hidet {

using ValueId = int32_t;
using NodeId = int32_t;

// A symbol of the call: a dimension that is not known when compiling.
struct Symbol {
  std::string name;  // "s0"
  int64_t lower = 0;
  int64_t upper = INT64_MAX;  // inclusive
  int64_t divisor = 1;
  int64_t hint = 8192;  // for cost models only
};

// Operators of ops.def, and `aten` for every other: a call in the plan.
enum class Op : uint16_t {
  input,
  constant,  // a scalar or small tensor whose elements are in the attribute "value"
  aten,
#define HIDET_OP(name, ...) name,
#include "graph/ops.def"
#undef HIDET_OP
};

// An attribute, or a non-tensor argument of an ATen call. monostate: None.
struct Attribute;
using AttributeList = std::vector<Attribute>;
struct TensorArgument {
  ValueId value;
};
struct DTypeArgument {
  DType dtype;
};
// A scalar type, layout, memory format or device: PyTorch's number for it, passed through.
struct OpaqueArgument {
  std::string kind;  // "dtype", "layout", "memory_format", "device"
  std::string text;
};
struct Attribute {
  std::variant<std::monostate, bool, int64_t, double, std::string, SizeExpr, TensorArgument,
               OpaqueArgument, AttributeList>
      value;
};

struct Value {
  DType dtype = DType::f32;
  std::vector<SizeExpr> shape;
  // Strides that the border demands (graph outputs, mutated inputs, inputs and results of ATen
  // calls); absent: the layout is free.
  std::optional<std::vector<SizeExpr>> border_strides;
  NodeId producer = -1;
  int output_index = 0;
  std::string name;     // the FX node's name
  bool weight = false;  // an input that stays unchanged between calls, as far as known
  // Where it is, for what ATen or the caller has elsewhere than the graph; absent: where the graph
  // is.
  std::optional<Device> elsewhere;
};

struct Node {
  Op op;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::map<std::string, Attribute> attributes;
  // op aten: "aten::name.overload" and all arguments in schema order.
  std::string aten;
  AttributeList aten_arguments;
  std::string aten_reason;  // why it is not generated
  std::string name;         // the FX node's name, or the model's module path
};

struct Graph {
  // Of all that is generated.
  Device device;
  std::vector<Symbol> symbols;
  std::vector<Value> values;
  std::vector<Node> nodes;       // topological order
  std::vector<ValueId> inputs;   // placeholders in order; int placeholders are symbols, not values
  std::vector<ValueId> outputs;  // in order; -1: None
  // How the call's arguments bind: argument i is a tensor (its ValueId) or an integer (its symbol).
  struct Argument {
    ValueId value = -1;
    int symbol = -1;
  };
  std::vector<Argument> arguments;
  // (input value, value): copy the second into the first at the end of the call.
  std::vector<std::pair<ValueId, ValueId>> mutations;
};

std::string print(const Graph& graph);

}  // namespace hidet
