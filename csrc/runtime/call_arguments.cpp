#include "runtime/call_arguments.h"

#include <algorithm>

#include "base/checked.h"

namespace hidet {

namespace {

std::string name_of_argument(const Plan& plan, size_t index) {
  PlanValue value = plan.arguments[index].value;
  const std::string& name = value >= 0 ? plan.values[value].name : std::string();
  return hidet::format("argument {}{}{}{}", index, name.empty() ? "" : " (", name,
                       name.empty() ? "" : ")");
}

constexpr const char* kAdvice = "The graph was compiled for other inputs; compile it for these";

[[noreturn]] void reject(const Plan& plan, size_t index, const std::string& difference) {
  HIDET_USER_ERROR(value, "{} {}. {}", name_of_argument(plan, index), difference, kAdvice);
}

// A size or stride: what was expected as the plan has it and as a number.
[[noreturn]] void reject_extent(const Plan& plan, size_t index, const char* what,
                                const int64_t* given, std::span<const int64_t> expected,
                                const std::vector<SizeExpr>& exprs, int axis) {
  std::string text = exprs[axis].is_constant()
                         ? std::to_string(expected[axis])
                         : hidet::format("{} = {}", exprs[axis].text(), expected[axis]);
  reject(plan, index,
         hidet::format("has {} {} on axis {}, expected {}", what, given[axis], axis, text));
}

// Whether a kernel or a copy touches the value, or a view of it.
bool is_touched(const std::vector<Step>& steps, PlanValue value) {
  std::vector<PlanValue> same = {value};
  const auto is_same = [&](PlanValue other) {
    return std::find(same.begin(), same.end(), other) != same.end();
  };
  for (const Step& step : steps) {
    if (const auto* view = std::get_if<ViewStep>(&step)) {
      if (is_same(view->base)) same.push_back(view->view);
    } else if (const auto* launch = std::get_if<LaunchStep>(&step)) {
      if (std::any_of(launch->buffers.begin(), launch->buffers.end(), is_same)) return true;
    } else if (const auto* copy = std::get_if<CopyStep>(&step)) {
      if (is_same(copy->source) || is_same(copy->destination)) return true;
    } else if (const auto* fill = std::get_if<FillStep>(&step)) {
      if (is_same(fill->value)) return true;
    }
  }
  return false;
}

bool is_touched(const Plan& plan, PlanValue value) {
  return is_touched(plan.steps, value) ||
         std::any_of(plan.recipes.begin(), plan.recipes.end(),
                     [&](const Recipe& recipe) { return is_touched(recipe.steps, value); });
}

// The strides of a tensor without elements do not matter, nor has it memory.
void reject_unless_empty(const Plan& plan, size_t index, const TensorRef& tensor,
                         const Frame& frame) {
  const PlanValue value = plan.arguments[index].value;
  const PlanBuffer& buffer = plan.values[value];
  if (tensor.dtype != buffer.dtype)
    reject(
        plan, index,
        hidet::format("is of dtype {}, expected {}", name_of(tensor.dtype), name_of(buffer.dtype)));
  if (tensor.device != buffer.device)
    reject(plan, index,
           hidet::format("is on {}, expected {}", name_of(tensor.device), name_of(buffer.device)));
  const auto sizes = frame.sizes(value), strides = frame.strides(value);
  for (int axis = 0; axis < tensor.rank; axis++)
    if (tensor.sizes[axis] != sizes[axis])
      reject_extent(plan, index, "size", tensor.sizes, sizes, buffer.sizes, axis);
  if (std::ranges::count(sizes, 0) > 0) return;
  for (int axis = 0; axis < tensor.rank; axis++)
    if (sizes[axis] != 1 && tensor.strides[axis] != strides[axis])
      reject_extent(plan, index, "stride", tensor.strides, strides, buffer.strides, axis);
  if (!tensor.data && is_touched(plan, value))
    HIDET_USER_ERROR(value,
                     "{} has no memory: it is a fake or meta tensor, or its storage was freed",
                     name_of_argument(plan, index));
}

}  // namespace

void read_symbols(const PreparedPlan& prepared, std::span<const CallValue> call, Frame& frame,
                  Host& host) {
  const Plan& plan = prepared.plan;
  HIDET_REQUIRE(call.size() == prepared.inputs.size(), "{} arguments were given, {} are needed",
                call.size(), prepared.inputs.size());
  for (size_t i = 0; i < call.size(); i++) {
    const PreparedInput& input = prepared.inputs[i];
    const auto expected = input.value >= 0 ? CallValue::Kind::tensor : CallValue::Kind::integer;
    if (call[i].kind != expected)
      HIDET_USER_ERROR(type, "{} has to be {}", name_of_argument(plan, i),
                       input.value >= 0 ? "a tensor" : "an integer");
    if (input.value >= 0 && call[i].tensor.rank != input.rank)
      reject(plan, i, hidet::format("has {} axes, expected {}", call[i].tensor.rank, input.rank));
  }
  for (size_t i = 0; i < plan.symbols.size(); i++) {
    const PlanSymbol& symbol = plan.symbols[i];
    int64_t value = 0;
    switch (symbol.source) {
      case PlanSymbol::Source::size:
        value = call[symbol.argument].tensor.sizes[symbol.axis];
        break;
      case PlanSymbol::Source::stride:
        value = call[symbol.argument].tensor.strides[symbol.axis];
        break;
      case PlanSymbol::Source::integer:
        value = call[symbol.argument].integer;
        break;
      case PlanSymbol::Source::threads:
        value = host.num_threads();
        break;
    }
    bool holds =
        value >= symbol.lower && value <= symbol.upper && checked_mod(value, symbol.divisor) == 0;
    HIDET_REQUIRE(holds, "the size {} (s{}) is {}: expected {} to {}, a multiple of {}. {}",
                  symbol.name, i, value, symbol.lower, symbol.upper, symbol.divisor, kAdvice);
    frame.next_symbols[i] = value;
  }
}

void bind_inputs(const PreparedPlan& prepared, std::span<const CallValue> call, Frame& frame) {
  for (size_t i = 0; i < call.size(); i++) {
    const PreparedInput& input = prepared.inputs[i];
    if (input.value < 0) continue;
    const TensorRef& tensor = call[i].tensor;
    const int64_t* sizes = frame.numbers.data() + input.first_size;
    const int64_t* strides = frame.numbers.data() + input.first_stride;
    bool same = tensor.data && tensor.dtype == input.dtype && tensor.device == input.device;
    for (int axis = 0; axis < input.rank; axis++)
      same = same && tensor.sizes[axis] == sizes[axis] &&
             (tensor.strides[axis] == strides[axis] || sizes[axis] == 1);
    if (!same) reject_unless_empty(prepared.plan, i, tensor, frame);
    frame.values[input.value] = tensor;
  }
}

}  // namespace hidet
