// Plan: how one call of a compiled graph is carried out. The same in memory, cache and archive.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/size_expr.h"
#include "runtime/host.h"
#include "runtime/kernel_record.h"

namespace hidet {

using PlanValue = int32_t;  // index into Plan::values

// A symbol of the plan's sizes, and where a call reads it.
struct PlanSymbol {
  enum class Source : uint8_t {
    size,     // of argument `argument`, axis `axis`
    stride,   // of argument `argument`, axis `axis`
    integer,  // argument `argument` itself
    threads   // Host::num_threads()
  };
  std::string name;  // for messages
  Source source = Source::size;
  int32_t argument = 0;
  int32_t axis = 0;
  // What a call has to satisfy: UserError otherwise.
  int64_t lower = INT64_MIN;
  int64_t upper = INT64_MAX;  // inclusive
  int64_t divisor = 1;
  bool operator==(const PlanSymbol&) const = default;
};

// A tensor of the call. Strides in elements.
struct PlanBuffer {
  enum class Kind : uint8_t {
    input,      // an argument of the call
    constant,   // made by a recipe, kept between calls
    inner,      // of no kind yet: assign_storage() makes it a tensor or a temporary
    tensor,     // its own allocation: an output, or an operand of an ATen call
    temporary,  // in the arena of the call
    view,       // made by a ViewStep: memory of another value
    result      // made by an ATen call
  };
  Kind kind = Kind::inner;
  DType dtype = DType::f32;
  Device device;
  std::vector<SizeExpr> sizes;
  std::vector<SizeExpr> strides;
  std::string name;  // for messages and dumps
  bool operator==(const PlanBuffer&) const = default;
};

// Argument i of the call: a tensor, or an integer (value -1, read by symbols only).
// A tensor has to have the dtype, device, sizes and strides of its value (strides of axes of length
// 1 are not looked at): UserError otherwise.
struct PlanArgument {
  PlanValue value = -1;
  bool operator==(const PlanArgument&) const = default;
};

struct LaunchStep {
  // Indices into Plan::kernels, taken by their assumptions in order; the last assumes nothing. All
  // have the same arguments.
  std::vector<int32_t> variants;
  std::vector<PlanValue> buffers;  // of the buffer arguments, in order
  // Of all other arguments, in order: the size, or the bits of the scalar as a constant. Those of
  // random_seed and random_offset are filled in by the call and constant 0 here.
  std::vector<SizeExpr> sizes;
  SizeExpr random_increment;   // offsets that the launch consumes; 0: no random numbers
  std::string status_message;  // of the error when the kernel reports one
  std::string label;           // model names, for dumps and timings
  SizeExpr multiply_adds;      // for reports; 0: memory is what the launch waits for
  bool operator==(const LaunchStep&) const = default;
};

// Argument of an ATen call: OperatorArgument with values instead of tensors.
struct PlanOperand {
  struct Tensor {
    PlanValue value;
    bool operator==(const Tensor&) const = default;
  };
  struct Opaque {
    std::string text;
    bool operator==(const Opaque&) const = default;
  };
  using List = std::vector<PlanOperand>;
  std::variant<std::monostate, Tensor, SizeExpr, double, bool, std::string, Opaque, List> value;
  bool operator==(const PlanOperand&) const = default;
};

struct OperatorStep {
  std::string name;                    // "aten::mm.default"
  std::vector<PlanOperand> arguments;  // schema order
  // In order, lists flattened, -1: not used. Of kind result: what comes back has to have their
  // dtype and sizes, and is copied when its strides differ.
  std::vector<PlanValue> results;
  std::vector<PlanValue> mutated;  // values that the operator writes to
  std::string label;
  bool operator==(const OperatorStep&) const = default;
};

// `view` (whose sizes, strides and dtype are in its PlanBuffer) starts `offset` elements of its
// dtype into `base`. Both may be written. Outlives neither: base lives as long as its views.
struct ViewStep {
  PlanValue view = -1;
  PlanValue base = -1;
  SizeExpr offset;
  bool operator==(const ViewStep&) const = default;
};

// Elementwise, of any strides and dtypes.
struct CopyStep {
  PlanValue destination = -1;
  PlanValue source = -1;
  bool operator==(const CopyStep&) const = default;
};

// All bytes from the first to the last element of the value are zeroed.
struct FillStep {
  PlanValue value = -1;
  bool operator==(const FillStep&) const = default;
};

// Not used any more. Put in by assign_storage().
struct FreeStep {
  PlanValue value = -1;
  bool operator==(const FreeStep&) const = default;
};

using Step = std::variant<LaunchStep, OperatorStep, ViewStep, CopyStep, FillStep, FreeStep>;

// Makes constants: out of inputs (weights), earlier constants and values of its own, by steps; or,
// of one constant, out of bytes in the plan. Its sizes have no symbols. Run at the first call, and
// when a weight among `sources` has changed.
struct Recipe {
  std::vector<PlanValue> results;  // of kind constant
  std::vector<Step> steps;
  std::string literal;           // the bytes of the one result, if there are no steps
  std::vector<int32_t> sources;  // indices of arguments, those behind earlier constants included
  bool operator==(const Recipe&) const = default;
};

struct PlanOutput {
  enum class Kind : uint8_t { none, tensor, size };
  Kind kind = Kind::none;
  PlanValue value = -1;
  SizeExpr size;
  bool operator==(const PlanOutput&) const = default;
};

struct Plan {
  std::string name;  // for messages
  std::vector<PlanSymbol> symbols;
  std::vector<PlanArgument> arguments;
  std::vector<PlanBuffer> values;
  std::vector<KernelRecord> kernels;
  std::vector<Recipe> recipes;  // a recipe may use results of those before it
  std::vector<Step> steps;
  std::vector<PlanOutput> outputs;
  bool operator==(const Plan&) const = default;
};

// Where its launches run: the first CUDA device of its values, else the CPU.
Device device_of(const Plan& plan);

// Decides where the inner values live (outputs, operands of ATen calls and what they are views of:
// tensors; all others: temporaries), copies constants that are outputs, and frees what is not used
// any more. Runs once, last of all. Steps come in an order in which they can run.
void assign_storage(Plan& plan);

// InternalError unless every index is in range and every value is defined before its use: what the
// executor relies on.
void verify(const Plan& plan);

// One line a step, with sizes, kernels and values; the order of the plan.
std::string print(const Plan& plan);

}  // namespace hidet
