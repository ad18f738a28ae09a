// What a step does to the values that it names, in the order in which it does so.
#pragma once

#include "runtime/plan.h"

namespace hidet {

enum class ValueUse : uint8_t {
  read,
  write,   // memory that is there, or is made now
  base,    // a view of it begins
  define,  // a view or a result begins
  free
};

template <class F>
void for_each_tensor(const std::vector<PlanOperand>& operands, F&& visit) {
  for (const PlanOperand& operand : operands) {
    if (auto* tensor = std::get_if<PlanOperand::Tensor>(&operand.value)) visit(tensor->value);
    if (auto* list = std::get_if<PlanOperand::List>(&operand.value)) for_each_tensor(*list, visit);
  }
}

// visit(PlanValue, ValueUse). The launch's variants and numbers of buffers have to be in order.
template <class F>
void for_each_use(const Plan& plan, const Step& step, F&& visit) {
  if (auto* launch = std::get_if<LaunchStep>(&step)) {
    size_t buffer = 0;
    for (const KernelArgument& argument : plan.kernels[launch->variants[0]].arguments)
      if (argument.kind == KernelArgument::Kind::buffer)
        visit(launch->buffers[buffer++], argument.written ? ValueUse::write : ValueUse::read);
  } else if (auto* op = std::get_if<OperatorStep>(&step)) {
    for (PlanValue value : op->mutated) visit(value, ValueUse::write);
    for_each_tensor(op->arguments, [&](PlanValue value) { visit(value, ValueUse::read); });
    for (PlanValue value : op->results)
      if (value >= 0) visit(value, ValueUse::define);
  } else if (auto* view = std::get_if<ViewStep>(&step)) {
    visit(view->base, ValueUse::base);
    visit(view->view, ValueUse::define);
  } else if (auto* copy = std::get_if<CopyStep>(&step)) {
    visit(copy->source, ValueUse::read);
    visit(copy->destination, ValueUse::write);
  } else if (auto* fill = std::get_if<FillStep>(&step)) {
    visit(fill->value, ValueUse::write);
  } else {
    visit(std::get<FreeStep>(step).value, ValueUse::free);
  }
}

// For each value of kind view the value whose memory it is, itself for all others. Over the steps
// of the recipes and of the call.
std::vector<PlanValue> roots_of(const Plan& plan);

}  // namespace hidet
