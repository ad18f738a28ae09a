// PreparedPlan: a plan with all that can be looked up beforehand looked up. Not changed by calls.
#pragma once

#include <vector>

#include "base/size_program.h"
#include "runtime/arena.h"
#include "runtime/code_library.h"
#include "runtime/plan.h"

namespace hidet {

// Numbers that a call needs lie in one array, `numbers` of a Frame, refilled when the symbols
// change. A NumberRange is a piece of it.
struct NumberRange {
  int32_t first = 0;
  int32_t count = 0;
};

struct PreparedBuffer {
  NumberRange sizes, strides;
  bool has_handle = false;  // a tensor stands for it while the call runs
};

// What a call looks at for each argument, close together.
struct PreparedInput {
  PlanValue value = -1;  // -1: an integer
  int32_t rank = 0;
  int32_t first_size = 0, first_stride = 0;  // numbers
  DType dtype = DType::f32;
  Device device;
};

struct PreparedVariant {
  CpuKernel function = nullptr;
  const DeviceKernel* device = nullptr;
  int32_t kernel = 0;                                   // in Plan::kernels
  int32_t grid[3] = {}, threads = 0, shared_bytes = 0;  // numbers, of a device kernel
  int32_t extent = 0, grain = 0, scratch_bytes = 0;     // numbers
  struct SizeAssumption {
    int32_t size;  // number
    Assumption::Kind kind;
    int64_t number;
  };
  std::vector<SizeAssumption> sizes;
  struct Alignment {
    int32_t buffer;
    int64_t bytes;
  };
  std::vector<Alignment> alignments;
};

struct PreparedLaunch {
  const LaunchStep* step;
  std::vector<PreparedVariant> variants;
  int32_t first_variant = 0;  // in Frame::variant_holds
  NumberRange sizes;          // the kernel's sizes
  int32_t first_pointer = 0;  // in Frame::pointers
  // Places among the kernel's sizes; -1: none.
  int32_t seed = -1, offset = -1;
  int32_t random_increment = 0;  // number
  bool has_status = false;
};

struct PreparedOperator {
  const OperatorStep* step;
  void* handle;
  int32_t index;               // in Frame::operator_arguments
  std::vector<int32_t> sizes;  // numbers of the sizes among the arguments, in order of appearance
};

struct PreparedView {
  PlanValue view, root;
  // Elements of each view's dtype, from the root on, to be summed in bytes.
  struct Offset {
    int32_t number;
    int32_t element_bytes;
  };
  std::vector<Offset> offsets;
};

struct PreparedStep {
  enum class Kind : uint8_t { launch, call_operator, view, copy, fill, allocate, release };
  Kind kind;
  int32_t index = -1;     // launch, call_operator, view: in the list of these
  PlanValue value = -1;   // fill, allocate, release; copy: the destination
  PlanValue source = -1;  // copy
};

// The steps of the call, or of one recipe.
struct PreparedSteps {
  std::vector<PreparedStep> steps;
  std::vector<PlanValue> temporaries;  // buffers of `events` are indices into this
  std::vector<ArenaEvent> events;
  std::vector<PlanValue> written_inputs;  // their version counters go up
};

class PreparedPlan {
 public:
  // `kernels` parallel to plan.kernels. The plan is verified.
  PreparedPlan(Plan plan, const std::vector<LoadedKernel>& kernels, Host& host);
  PreparedPlan(const PreparedPlan&) = delete;

  const Plan plan;
  const Device device;                 // device_of(plan)
  const std::vector<PlanValue> roots;  // roots_of(plan)
  SizeProgram program;
  std::vector<int32_t> numbers;  // slots of `program`
  std::vector<PreparedBuffer> buffers;
  std::vector<PreparedInput> inputs;  // parallel to plan.arguments
  std::vector<PreparedLaunch> launches;
  std::vector<PreparedOperator> operators;
  std::vector<PreparedView> views;
  std::vector<PreparedSteps> recipes;
  PreparedSteps body;
  std::vector<int32_t> outputs;  // numbers of outputs that are sizes, else -1
  int32_t pointer_count = 0;
  int32_t variant_count = 0;
  // What fresh memory is filled with, DeviceKernel::unwritten_word(); 0: nothing.
  uint32_t unwritten_word = 0;

 private:
  int32_t number(const SizeExpr& size);
  NumberRange range(const std::vector<SizeExpr>& sizes);
  void prepare(const std::vector<Step>& steps, PreparedSteps& out);
  void number_operands(const std::vector<PlanOperand>& operands, std::vector<int32_t>& out);
  int32_t prepare_launch(const LaunchStep& step);
  int32_t prepare_view(const ViewStep& step);

  const std::vector<LoadedKernel>& kernels_;  // while constructing
  Host& host_;
  std::vector<int32_t> view_of_;  // by value: index into views
};

}  // namespace hidet
