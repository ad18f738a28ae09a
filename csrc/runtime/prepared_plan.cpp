#include "runtime/prepared_plan.h"

#include <algorithm>

#include "runtime/plan_uses.h"

namespace hidet {

namespace {

using Kind = PlanBuffer::Kind;

// Views of which the host has to make a tensor: those that leave the call or that an operator sees.
std::vector<bool> views_with_handle(const Plan& plan) {
  std::vector<bool> seen(plan.values.size());
  for (const PlanOutput& output : plan.outputs)
    if (output.kind == PlanOutput::Kind::tensor) seen[output.value] = true;
  auto look = [&](const std::vector<Step>& steps) {
    for (const Step& step : steps)
      if (auto* op = std::get_if<OperatorStep>(&step))
        for_each_tensor(op->arguments, [&](PlanValue value) { seen[value] = true; });
  };
  for (const Recipe& recipe : plan.recipes) look(recipe.steps);
  look(plan.steps);
  return seen;
}

}  // namespace

PreparedPlan::PreparedPlan(Plan given, const std::vector<LoadedKernel>& kernels, Host& host)
    : plan((verify(given), std::move(given))),
      device(device_of(plan)),
      roots(roots_of(plan)),
      kernels_(kernels),
      host_(host) {
  HIDET_ASSERT(kernels.size() == plan.kernels.size(), "{} kernels for {}", kernels.size(),
               plan.kernels.size());
  std::vector<bool> seen = views_with_handle(plan);
  view_of_.assign(plan.values.size(), -1);
  for (size_t i = 0; i < plan.values.size(); i++) {
    const PlanBuffer& value = plan.values[i];
    PlanValue root = roots[i];
    bool root_has = plan.values[root].kind != Kind::temporary;
    HIDET_ASSERT(root_has || !seen[i], "an operator or the caller sees {} in the arena",
                 value.name);
    buffers.push_back(
        {range(value.sizes), range(value.strides), value.kind == Kind::view ? seen[i] : root_has});
  }
  for (const PlanArgument& argument : plan.arguments) {
    PreparedInput& input = inputs.emplace_back();
    if (argument.value < 0) continue;
    const PlanBuffer& value = plan.values[argument.value];
    const PreparedBuffer& buffer = buffers[argument.value];
    input = {argument.value,       buffer.sizes.count, buffer.sizes.first,
             buffer.strides.first, value.dtype,        value.device};
  }
  for (const Recipe& recipe : plan.recipes) prepare(recipe.steps, recipes.emplace_back());
  prepare(plan.steps, body);
  for (const PlanOutput& output : plan.outputs)
    outputs.push_back(output.kind == PlanOutput::Kind::size ? number(output.size) : -1);
}

int32_t PreparedPlan::number(const SizeExpr& size) {
  numbers.push_back(program.add(size));
  return static_cast<int32_t>(numbers.size()) - 1;
}

NumberRange PreparedPlan::range(const std::vector<SizeExpr>& sizes) {
  NumberRange range{static_cast<int32_t>(numbers.size()), static_cast<int32_t>(sizes.size())};
  for (const SizeExpr& size : sizes) number(size);
  return range;
}

void PreparedPlan::prepare(const std::vector<Step>& steps, PreparedSteps& out) {
  using StepKind = PreparedStep::Kind;
  std::vector<bool> mentioned(plan.values.size());
  std::vector<int32_t> temporary(plan.values.size(), -1);
  auto add = [&](StepKind kind, int32_t index) { out.steps.push_back({kind, index}); };
  for (const Step& step : steps) {
    for_each_use(plan, step, [&](PlanValue value, ValueUse use) {
      Kind kind = plan.values[value].kind;
      PlanValue root = roots[value];
      bool may_write = use == ValueUse::write && plan.values[root].kind == Kind::input;
      if (may_write && !std::count(out.written_inputs.begin(), out.written_inputs.end(), root))
        out.written_inputs.push_back(root);
      if (kind == Kind::tensor && !mentioned[value])
        out.steps.push_back({StepKind::allocate, -1, value});
      if (kind == Kind::temporary && !mentioned[value]) {
        temporary[value] = static_cast<int32_t>(out.temporaries.size());
        out.temporaries.push_back(value);
        out.events.push_back({temporary[value], true});
      }
      mentioned[value] = true;
    });
    if (auto* launch = std::get_if<LaunchStep>(&step)) {
      add(StepKind::launch, prepare_launch(*launch));
    } else if (auto* op = std::get_if<OperatorStep>(&step)) {
      void* handle = host_.find_operator(op->name);
      HIDET_REQUIRE(handle, "the operator {} is not there: is a library that defines it loaded?",
                    op->name);
      add(StepKind::call_operator, static_cast<int32_t>(operators.size()));
      operators.push_back({op, handle, static_cast<int32_t>(operators.size()), {}});
      number_operands(op->arguments, operators.back().sizes);
    } else if (auto* view = std::get_if<ViewStep>(&step)) {
      add(StepKind::view, prepare_view(*view));
    } else if (auto* copy = std::get_if<CopyStep>(&step)) {
      out.steps.push_back({StepKind::copy, -1, copy->destination, copy->source});
    } else if (auto* fill = std::get_if<FillStep>(&step)) {
      out.steps.push_back({StepKind::fill, -1, fill->value});
    } else {
      PlanValue value = std::get<FreeStep>(step).value;
      if (temporary[value] >= 0)
        out.events.push_back({temporary[value], false});
      else if (buffers[value].has_handle)
        out.steps.push_back({StepKind::release, -1, value});
    }
  }
}

void PreparedPlan::number_operands(const std::vector<PlanOperand>& operands,
                                   std::vector<int32_t>& out) {
  for (const PlanOperand& operand : operands) {
    if (auto* size = std::get_if<SizeExpr>(&operand.value)) out.push_back(number(*size));
    if (auto* list = std::get_if<PlanOperand::List>(&operand.value)) number_operands(*list, out);
  }
}

int32_t PreparedPlan::prepare_launch(const LaunchStep& step) {
  PreparedLaunch launch{&step};
  launch.first_variant = variant_count;
  launch.first_pointer = pointer_count;
  launch.sizes = range(step.sizes);
  launch.random_increment = number(step.random_increment);
  variant_count += static_cast<int32_t>(step.variants.size());
  pointer_count += static_cast<int32_t>(step.buffers.size());
  int32_t place = 0;
  for (const KernelArgument& argument : plan.kernels[step.variants[0]].arguments) {
    if (argument.kind == KernelArgument::Kind::random_seed) launch.seed = place;
    if (argument.kind == KernelArgument::Kind::random_offset) launch.offset = place;
    place += argument.kind != KernelArgument::Kind::buffer;
  }
  for (int32_t index : step.variants) {
    const KernelRecord& kernel = plan.kernels[index];
    const LoadedKernel& loaded = kernels_[index];
    HIDET_ASSERT(loaded.function || loaded.device, "{} is not loaded", kernel.symbol);
    if (loaded.device) unwritten_word |= loaded.device->unwritten_word();
    auto in_call = [&](const SizeExpr& size) { return number(size.substitute(step.sizes)); };
    PreparedVariant variant{
        .function = loaded.function, .device = loaded.device.get(), .kernel = index};
    for (int axis = 0; axis < 3; axis++) variant.grid[axis] = in_call(kernel.cuda.grid[axis]);
    variant.threads = in_call(kernel.cuda.block[0]);
    variant.shared_bytes = in_call(kernel.cuda.dynamic_shared_bytes);
    variant.extent = in_call(kernel.extent);
    variant.grain = in_call(kernel.grain);
    variant.scratch_bytes = in_call(kernel.scratch_bytes);
    launch.has_status |= kernel.has_status;
    for (const Assumption& assumption : kernel.assumptions)
      if (assumption.kind == Assumption::Kind::aligned)
        variant.alignments.push_back({assumption.buffer, assumption.number});
      else
        variant.sizes.push_back({in_call(assumption.size), assumption.kind, assumption.number});
    launch.variants.push_back(std::move(variant));
  }
  launches.push_back(std::move(launch));
  return static_cast<int32_t>(launches.size()) - 1;
}

int32_t PreparedPlan::prepare_view(const ViewStep& step) {
  PreparedView view{step.view, roots[step.view], {}};
  if (int32_t base = view_of_[step.base]; base >= 0) view.offsets = views[base].offsets;
  view.offsets.push_back({number(step.offset), bytes_of(plan.values[step.view].dtype)});
  view_of_[step.view] = static_cast<int32_t>(views.size());
  views.push_back(std::move(view));
  return view_of_[step.view];
}

}  // namespace hidet
