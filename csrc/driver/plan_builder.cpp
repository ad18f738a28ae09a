#include "driver/plan_builder.h"

#include <algorithm>
#include <set>

namespace hidet {

PlanOperand plan_operand(const Attribute& attribute,
                         const std::function<PlanValue(ValueId)>& value) {
  struct Visitor {
    const std::function<PlanValue(ValueId)>& value;
    PlanOperand operator()(std::monostate) const { return {}; }
    PlanOperand operator()(bool v) const { return {v}; }
    PlanOperand operator()(int64_t v) const { return {SizeExpr(v)}; }
    PlanOperand operator()(double v) const { return {v}; }
    PlanOperand operator()(const std::string& v) const { return {v}; }
    PlanOperand operator()(const SizeExpr& v) const { return {v}; }
    PlanOperand operator()(const TensorArgument& v) const {
      return {PlanOperand::Tensor{value(v.value)}};
    }
    PlanOperand operator()(const OpaqueArgument& v) const {
      return {PlanOperand::Opaque{v.kind + ":" + v.text}};
    }
    PlanOperand operator()(const AttributeList& v) const {
      PlanOperand::List list;
      for (const Attribute& item : v) list.push_back(plan_operand(item, value));
      return {list};
    }
  };
  return std::visit(Visitor{value}, attribute.value);
}

PlanBuilder::PlanBuilder(const Graph& graph) : graph_(graph) {
  bind_symbols();
  for (const Graph::Argument& argument : graph.arguments) {
    PlanArgument bound;
    if (argument.value >= 0) {
      bound.value = value(argument.value);
      plan_.values[bound.value].kind = PlanBuffer::Kind::input;
    }
    plan_.arguments.push_back(bound);
  }
}

void PlanBuilder::bind_symbols() {
  for (size_t i = 0; i < graph_.symbols.size(); i++) {
    const Symbol& symbol = graph_.symbols[i];
    PlanSymbol bound{.name = symbol.name,
                     .lower = symbol.lower,
                     .upper = symbol.upper,
                     .divisor = symbol.divisor};
    bool found = false;
    for (size_t a = 0; a < graph_.arguments.size() && !found; a++) {
      const Graph::Argument& argument = graph_.arguments[a];
      bound.argument = static_cast<int32_t>(a);
      if (argument.symbol == static_cast<int>(i)) {
        bound.source = PlanSymbol::Source::integer;
        found = true;
      }
      if (argument.value < 0) continue;
      const Value& v = graph_.values[argument.value];
      const SizeExpr wanted = SizeExpr::symbol(static_cast<int>(i));
      auto look = [&](const std::vector<SizeExpr>& list, PlanSymbol::Source source) {
        auto it = std::find(list.begin(), list.end(), wanted);
        if (found || it == list.end()) return;
        bound.source = source;
        bound.axis = static_cast<int32_t>(it - list.begin());
        found = true;
      };
      look(v.shape, PlanSymbol::Source::size);
      if (v.border_strides) look(*v.border_strides, PlanSymbol::Source::stride);
    }
    HIDET_ASSERT(found, "no argument tells the value of symbol {}", symbol.name);
    plan_.symbols.push_back(bound);
  }
}

PlanValue PlanBuilder::new_value(PlanBuffer buffer) {
  plan_.values.push_back(std::move(buffer));
  return static_cast<PlanValue>(plan_.values.size()) - 1;
}

PlanValue PlanBuilder::value(ValueId id) {
  auto it = values_.find(id);
  if (it != values_.end()) return it->second;
  const Value& v = graph_.values[id];
  PlanBuffer buffer{.dtype = v.dtype,
                    .device = v.elsewhere.value_or(graph_.device),
                    .sizes = v.shape,
                    .name = v.name};
  buffer.strides = v.border_strides ? *v.border_strides : contiguous_strides(v.shape);
  return values_[id] = new_value(std::move(buffer));
}

int32_t PlanBuilder::kernel(const LoweredKernel& lowered) {
  auto [first, last] = kernels_.equal_range(lowered.source.text);
  for (auto it = first; it != last; ++it)
    if (plan_.kernels[it->second] == lowered.record) return it->second;
  const auto added = static_cast<int32_t>(plan_.kernels.size());
  kernels_.emplace(lowered.source.text, added);
  plan_.kernels.push_back(lowered.record);
  sources_.push_back(lowered.source);
  launches_.push_back(0);
  constant_runs_.push_back(0);
  return added;
}

// The operators whose positions a kernel looks at, for its message.
static std::string reporting(const KernelArguments& arguments, const std::string& otherwise) {
  std::string names;
  for (const std::string& name : arguments.reports()) names += (names.empty() ? "" : " or ") + name;
  return names.empty() ? otherwise : names;
}

void PlanBuilder::add_group(const Group& group, const GroupKernels& kernels,
                            const std::vector<LoweredKernel>& lowered) {
  std::vector<PlanValue> workspaces;
  for (const Workspace& workspace : kernels.workspaces)
    workspaces.push_back(new_value({.dtype = workspace.dtype,
                                    .device = graph_.device,
                                    .sizes = workspace.shape,
                                    .strides = contiguous_strides(workspace.shape),
                                    .name = workspace.name}));
  std::string label;
  for (NodeId id : group.anchors) label += (label.empty() ? "" : " ") + graph_.nodes[id].name;

  std::vector<Step> constant_steps;
  for (size_t k = 0; k < kernels.kernels.size(); k++) {
    const FilledKernel& filled = *kernels.kernels[k];
    LaunchStep step{
        .variants = {kernel(lowered[k])}, .buffers = {}, .sizes = filled.scheduled.sizes};
    for (const LoweredKernel& fallback : lowered[k].fallbacks)
      step.variants.push_back(kernel(fallback));
    step.label = label;
    step.multiply_adds = filled.scheduled.multiply_adds;
    step.status_message = "index out of range in " + reporting(*filled.arguments, label);
    const std::vector<ValueId>& values = filled.arguments->values();
    const bool in_recipe = group.constant || filled.packs_constant;
    std::vector<Step> before;
    for (size_t b = 0; b < values.size(); b++)
      step.buffers.push_back(values[b] >= 0 ? operand(values[b], in_recipe, before)
                                            : workspaces[filled.scheduled.workspaces[b]]);
    if (group.constant) {
      constant_runs_[step.variants[0]]++;
      constant_steps.insert(constant_steps.end(), before.begin(), before.end());
      constant_steps.push_back(step);
    } else if (filled.packs_constant) {
      constant_runs_[step.variants[0]]++;
      std::vector<PlanValue> results;
      for (size_t w = 0; w < workspaces.size(); w++)
        if (kernels.workspaces[w].producer == static_cast<int>(k)) results.push_back(workspaces[w]);
      before.emplace_back(step);
      add_recipe(results, std::move(before));
    } else {
      launches_[step.variants[0]]++;
      plan_.steps.insert(plan_.steps.end(), before.begin(), before.end());
      plan_.steps.push_back(step);
    }
  }
  if (group.constant) {
    std::vector<PlanValue> results;
    for (ValueId output : group.outputs) results.push_back(value(output));
    add_recipe(results, std::move(constant_steps));
  }
}

PlanValue PlanBuilder::operand(ValueId id, bool in_recipe, std::vector<Step>& steps) {
  const PlanValue there = value(id);
  if (!graph_.values[id].elsewhere) return there;
  if (const auto found = brought_.find(id); !in_recipe && found != brought_.end())
    return found->second;
  PlanBuffer buffer = plan_.values[there];
  buffer.kind = PlanBuffer::Kind::inner;
  buffer.device = graph_.device;
  const PlanValue copy = new_value(std::move(buffer));
  steps.push_back(CopyStep{.destination = copy, .source = there});
  if (!in_recipe) brought_[id] = copy;
  return copy;
}

void PlanBuilder::add_recipe(const std::vector<PlanValue>& results, std::vector<Step> steps) {
  for (PlanValue result : results) plan_.values[result].kind = PlanBuffer::Kind::constant;
  Recipe recipe{.results = results, .steps = std::move(steps)};
  recipe.sources = weights_behind(recipe.steps);
  for (PlanValue result : results) sources_of_[result] = recipe.sources;
  plan_.recipes.push_back(std::move(recipe));
}

std::vector<int32_t> PlanBuilder::weights_behind(const std::vector<Step>& steps) const {
  std::set<int32_t> sources;
  const auto reads = [](const Step& step) {
    const auto* copy = std::get_if<CopyStep>(&step);
    return copy ? std::vector{copy->source} : std::get<LaunchStep>(step).buffers;
  };
  for (const Step& step : steps)
    for (PlanValue read : reads(step)) {
      auto constant = sources_of_.find(read);
      if (constant != sources_of_.end())
        sources.insert(constant->second.begin(), constant->second.end());
      for (size_t a = 0; a < plan_.arguments.size(); a++)
        if (plan_.arguments[a].value == read) sources.insert(static_cast<int32_t>(a));
    }
  return {sources.begin(), sources.end()};
}

void PlanBuilder::add_aten(const Group& group) {
  const Node& node = graph_.nodes[group.anchors[0]];
  auto as_value = [&](ValueId id) { return value(id); };
  OperatorStep step{.name = node.aten, .label = node.name};
  for (const Attribute& argument : node.aten_arguments)
    step.arguments.push_back(plan_operand(argument, as_value));
  for (ValueId output : node.outputs) {
    PlanValue result = output < 0 ? -1 : value(output);
    if (result >= 0) plan_.values[result].kind = PlanBuffer::Kind::result;
    step.results.push_back(result);
  }
  plan_.steps.push_back(std::move(step));
}

PlanValue PlanBuilder::copied(PlanValue of) {
  PlanBuffer buffer = plan_.values[of];
  buffer.kind = PlanBuffer::Kind::inner;
  const PlanValue copy = new_value(std::move(buffer));
  plan_.steps.push_back(CopyStep{.destination = copy, .source = of});
  return copy;
}

// A result that the source computes is memory of its own, also where it was found to be equal to an
// argument or to another result.
void PlanBuilder::add_outputs(const Graph& source) {
  std::map<PlanValue, ValueId> taken;  // by which value of the source
  for (size_t i = 0; i < graph_.outputs.size(); i++) {
    PlanOutput& out = plan_.outputs.emplace_back();
    if (graph_.outputs[i] < 0) continue;
    out.kind = PlanOutput::Kind::tensor;
    out.value = value(graph_.outputs[i]);
    const ValueId wanted = source.outputs[i];
    const bool argument = plan_.values[out.value].kind == PlanBuffer::Kind::input;
    const auto [first, added] = taken.emplace(out.value, wanted);
    if ((argument && source.values[wanted].producer >= 0) || (!added && first->second != wanted))
      out.value = copied(out.value);
  }
}

void PlanBuilder::add_views(const std::vector<std::optional<OutputView>>& views) {
  for (size_t i = 0; i < views.size(); i++) {
    if (!views[i]) continue;
    const OutputView& view = *views[i];
    const PlanValue base =
        view.of_argument ? value(graph_.inputs[view.root]) : plan_.outputs[view.root].value;
    PlanBuffer buffer = plan_.values[base];
    buffer.kind = PlanBuffer::Kind::view;
    buffer.sizes = view.sizes;
    buffer.strides = view.strides;
    buffer.name = view.name;
    const PlanValue made = new_value(std::move(buffer));
    plan_.steps.push_back(ViewStep{.view = made, .base = base, .offset = view.offset});
    plan_.outputs[i] = {.kind = PlanOutput::Kind::tensor, .value = made};
  }
}

// All read what their sources hold before the first of them writes.
void PlanBuilder::add_mutations() {
  std::set<PlanValue> targets;
  for (const auto& [target, _] : graph_.mutations) targets.insert(value(target));
  std::vector<CopyStep> copies;
  for (const auto& [target, from] : graph_.mutations) {
    const PlanValue to = value(target), read = value(from);
    if (to == read) continue;
    copies.push_back({.destination = to, .source = targets.count(read) ? copied(read) : read});
  }
  plan_.steps.insert(plan_.steps.end(), copies.begin(), copies.end());
}

Plan PlanBuilder::finish(const Graph& source, const std::vector<std::optional<OutputView>>& views) {
  add_outputs(source);
  add_views(views);
  add_mutations();
  assign_storage(plan_);
  verify(plan_);
  return std::move(plan_);
}

}  // namespace hidet
