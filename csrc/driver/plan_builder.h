// PlanBuilder: groups and their kernels as a plan.
#pragma once

#include <map>

#include "driver/group_kernels.h"
#include "driver/output_views.h"
#include "runtime/compile.h"
#include "runtime/plan.h"

namespace hidet {

// A kernel ready to compile.
struct LoweredKernel {
  KernelRecord record;  // the key is filled in later
  KernelSource source;
  // Where the record assumes something: others that do not, in the order in which they are tried.
  std::vector<LoweredKernel> fallbacks;
};

class PlanBuilder {
 public:
  explicit PlanBuilder(const Graph& graph);

  // The launches of one group: in the steps of the call, or in recipes for what is constant.
  // `lowered` parallel to the group's kernels.
  void add_group(const Group& group, const GroupKernels& kernels,
                 const std::vector<LoweredKernel>& lowered);
  void add_aten(const Group& group);
  // Outputs, mutations, storage. The kernels' records are in plan.kernels, in the order of
  // sources().
  // `source`: the graph before it was optimised, with the same outputs and mutations. `views`: as
  // take_output_views() took them from it.
  Plan finish(const Graph& source, const std::vector<std::optional<OutputView>>& views = {});

  // Distinct kernels, by their text.
  const std::vector<KernelSource>& sources() const { return sources_; }
  // Launches of kernel i in a call, and in recipes.
  const std::vector<int>& launches() const { return launches_; }
  const std::vector<int>& constant_runs() const { return constant_runs_; }

 private:
  PlanValue value(ValueId id);
  PlanValue new_value(PlanBuffer buffer);
  int32_t kernel(const LoweredKernel& lowered);
  PlanValue copied(PlanValue of);
  // What a launch reads: the value, or where that is elsewhere a copy that `steps` make.
  PlanValue operand(ValueId id, bool in_recipe, std::vector<Step>& steps);
  void add_mutations();
  void add_outputs(const Graph& source);
  void add_views(const std::vector<std::optional<OutputView>>& views);
  void bind_symbols();
  void add_recipe(const std::vector<PlanValue>& results, std::vector<Step> steps);
  std::vector<int32_t> weights_behind(const std::vector<Step>& steps) const;

  const Graph& graph_;
  Plan plan_;
  std::map<ValueId, PlanValue> values_;
  std::map<ValueId, PlanValue> brought_;  // copies on the graph's device, for the call's launches
  // By text, which does not mention an argument that is not used: records of one text may differ.
  std::multimap<std::string, int32_t> kernels_;
  std::map<PlanValue, std::vector<int32_t>> sources_of_;  // weights behind constants
  std::vector<KernelSource> sources_;
  std::vector<int> launches_, constant_runs_;
};

// The operands of an ATen call; `value` turns a tensor into a value of the plan.
PlanOperand plan_operand(const Attribute& attribute,
                         const std::function<PlanValue(ValueId)>& value);

}  // namespace hidet
