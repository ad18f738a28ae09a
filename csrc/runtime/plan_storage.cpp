#include <algorithm>

#include "base/error.h"
#include "runtime/plan_uses.h"

namespace hidet {

namespace {

using Kind = PlanBuffer::Kind;

template <class F>
void for_each_list(const Plan& plan, F&& visit) {
  for (const Recipe& recipe : plan.recipes) visit(recipe.steps);
  visit(plan.steps);
}

// A constant is never handed out: the caller may write to what it gets.
void copy_constant_outputs(Plan& plan, const std::vector<PlanValue>& roots) {
  for (PlanOutput& output : plan.outputs) {
    if (output.kind != PlanOutput::Kind::tensor) continue;
    if (plan.values[roots[output.value]].kind != Kind::constant) continue;
    PlanBuffer copy = plan.values[output.value];
    copy.kind = Kind::tensor;
    plan.values.push_back(copy);
    PlanValue value = static_cast<PlanValue>(plan.values.size()) - 1;
    plan.steps.push_back(CopyStep{value, output.value});
    output.value = value;
  }
}

// Tensors: what leaves the call, what an ATen call sees, and what is elsewhere than the arena.
void choose_kinds(Plan& plan, const std::vector<PlanValue>& roots) {
  const Device device = device_of(plan);
  std::vector<bool> seen(plan.values.size());
  for (const PlanOutput& output : plan.outputs)
    if (output.kind == PlanOutput::Kind::tensor) seen[roots[output.value]] = true;
  for_each_list(plan, [&](const std::vector<Step>& steps) {
    for (const Step& step : steps)
      if (auto* op = std::get_if<OperatorStep>(&step)) {
        for_each_tensor(op->arguments, [&](PlanValue value) { seen[roots[value]] = true; });
        for (PlanValue value : op->mutated) seen[roots[value]] = true;
      }
  });
  for (size_t i = 0; i < plan.values.size(); i++)
    if (plan.values[i].kind == Kind::inner)
      plan.values[i].kind =
          seen[i] || plan.values[i].device != device ? Kind::tensor : Kind::temporary;
}

// Each value is freed after the last step that names it or a view of it.
void free_unused(const Plan& plan, const std::vector<PlanValue>& roots,
                 const std::vector<bool>& kept, std::vector<Step>& steps) {
  std::erase_if(steps, [](const Step& step) { return std::holds_alternative<FreeStep>(step); });
  std::vector<Step> result;
  std::vector<bool> done(plan.values.size());
  std::vector<std::vector<PlanValue>> ends(steps.size());
  for (size_t i = steps.size(); i-- > 0;)
    for_each_use(plan, steps[i], [&](PlanValue value, ValueUse) {
      for (PlanValue end : {value, roots[value]}) {
        Kind kind = plan.values[end].kind;
        if (done[end] || kept[end] || kind == Kind::input || kind == Kind::constant) continue;
        done[end] = true;
        ends[i].push_back(end);
      }
    });
  for (size_t i = 0; i < steps.size(); i++) {
    result.push_back(std::move(steps[i]));
    std::sort(ends[i].begin(), ends[i].end());
    for (PlanValue value : ends[i]) result.push_back(FreeStep{value});
  }
  steps = std::move(result);
}

}  // namespace

Device device_of(const Plan& plan) {
  for (const PlanBuffer& value : plan.values)
    if (value.device.kind == DeviceKind::cuda) return value.device;
  return {};
}

std::vector<PlanValue> roots_of(const Plan& plan) {
  std::vector<PlanValue> roots(plan.values.size());
  for (size_t i = 0; i < roots.size(); i++) roots[i] = static_cast<PlanValue>(i);
  for_each_list(plan, [&](const std::vector<Step>& steps) {
    for (const Step& step : steps)
      if (auto* view = std::get_if<ViewStep>(&step)) roots[view->view] = roots[view->base];
  });
  return roots;
}

void assign_storage(Plan& plan) {
  copy_constant_outputs(plan, roots_of(plan));
  std::vector<PlanValue> roots = roots_of(plan);
  choose_kinds(plan, roots);
  std::vector<bool> kept(plan.values.size());
  for (const PlanOutput& output : plan.outputs)
    if (output.kind == PlanOutput::Kind::tensor)
      kept[output.value] = kept[roots[output.value]] = true;
  for (Recipe& recipe : plan.recipes) free_unused(plan, roots, kept, recipe.steps);
  free_unused(plan, roots, kept, plan.steps);
  verify(plan);
}

}  // namespace hidet
