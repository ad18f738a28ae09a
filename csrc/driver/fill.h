// What the fillers of the templates share.
#pragma once

#include "driver/group_kernels.h"

namespace hidet {

struct FillContext {
  const Graph& graph;
  const Grouping& grouping;
  const Group& group;
  const Target& target;
  const KernelChoices& choices;
};

// One filler a template: problem, schedule, sites.
Result<GroupKernels> fill_matmul(const FillContext& fill);
Result<GroupKernels> fill_attention(const FillContext& fill);
Result<GroupKernels> fill_rowwise(const FillContext& fill);
Result<GroupKernels> fill_reduce(const FillContext& fill);
Result<GroupKernels> fill_pointwise(const FillContext& fill);

// What a template said of its sequence; without the kernels.
GroupKernels start_group(const KernelSequence& scheduled);
// A kernel of a sequence, ready for its fills.
std::unique_ptr<FilledKernel> start_kernel(const FillContext& fill, ScheduledKernel kernel,
                                           std::string symbol);

// Of the numbers that the group reads from memory along the last axis of its domain.
std::vector<DType> dtypes_along(const FillContext& fill, const SizeExpr& extent);

// What a store site does: from the anchor's element at `index` through the epilogue to the stores
// of the group's outputs.
Stmt store_epilogue(const FillContext& fill, KernelArguments& arguments, ValueId anchor,
                    std::vector<Expr> index, Expr element);

// Reports for the accesses of a value's definition that may be out of range, at `index`.
Stmt checks_of(const FillContext& fill, KernelArguments& arguments, ValueId value,
               const std::vector<Expr>& index);

// "matmul_add_gelu_f32": the operators of the group in order, and the dtype of its last output.
std::string kernel_symbol(const FillContext& fill);

}  // namespace hidet
