// group_kernels: the kernels of one fusion group: its template chosen and scheduled, and what the
// template's sites mean, from the definitions of the group's operators.
#pragma once

#include "driver/kernel_arguments.h"
#include "passes/fill_sites.h"
#include "target/target.h"

namespace hidet {

struct FilledKernel {
  ScheduledKernel scheduled;
  SiteFills fills;
  std::unique_ptr<KernelArguments> arguments;  // refers to `scheduled`
  std::string symbol;                          // says what is computed: "matmul_add_gelu_f32"
  // The kernel only prepares operands; it runs once when those are constant.
  bool packs_constant = false;
};

struct GroupKernels {
  std::string template_name, params, reason;  // as of KernelSequence
  std::vector<Workspace> workspaces;
  std::vector<std::unique_ptr<FilledKernel>> kernels;
};

// What the user has a say in.
struct KernelChoices {
  bool allow_tf32 = false;  // products of f32 may round their operands to tf32
  // The point of the schedule space of a matmul for a GPU, as it prints itself; empty: as the cost
  // model picks.
  std::string params;
};

// `group` is not of kind aten. Declines with the template's reason.
Result<GroupKernels> group_kernels(const Graph& graph, const Grouping& grouping, const Group& group,
                                   const Target& target, const KernelChoices& choices = {});

// All that `params` of a matmul may be for a CUDA target: on scalar units, and on tensor cores for
// operands of a dtype (f32: by tf32).
std::vector<std::string> scalar_matmul_params();
std::vector<std::string> tensor_core_matmul_params(DType operand);

}  // namespace hidet
