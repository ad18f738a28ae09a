#include "driver/fill.h"
#include "driver/merge_axes.h"
#include "schedule/pointwise.h"

namespace hidet {

Result<GroupKernels> fill_pointwise(const FillContext& fill) {
  const std::vector<ValueId> outputs = fill.group.outputs;
  PointwiseProblem problem;
  const std::vector<SizeExpr>& extents = fill.graph.values[outputs[0]].shape;
  const int merged = mergeable_axes(fill, outputs);
  problem.extents = merge_axes(extents, merged);
  for (ValueId value : outputs) problem.outputs.push_back(fill.graph.values[value].dtype);
  if (!extents.empty()) problem.inputs = dtypes_along(fill, extents.back());
  Result<KernelSequence> scheduled = fill.target.kind == TargetKind::cuda
                                         ? pointwise_cuda(problem, fill.target)
                                         : pointwise(problem, fill.target);
  if (!scheduled) return Decline{scheduled.reason()};
  GroupKernels result = start_group(*scheduled);
  auto kernel = start_kernel(fill, std::move(scheduled->kernels[0]), kernel_symbol(fill));
  KernelArguments& arguments = *kernel->arguments;
  for (size_t q = 0; q < outputs.size(); q++) {
    const ValueId value = outputs[q];
    kernel->fills[hidet::format("value_{}", q)].read = [&arguments, &extents, merged, value](
                                                           const std::vector<Expr>& index, Expr) {
      return arguments.define(value, split_index(extents, merged, index));
    };
    kernel->fills[hidet::format("out_{}", q)].store = [fill, &arguments, &extents, merged, value](
                                                          const std::vector<Expr>& joint, Expr e) {
      Context& context = e.context();
      const std::vector<Expr> index = split_index(extents, merged, joint);
      Stmt checks = checks_of(fill, arguments, value, index);
      return context.block(
          {checks,
           context.make(Store{.buffer = arguments.output(value), .index = index, .value = e})});
    };
  }
  result.kernels.push_back(std::move(kernel));
  return result;
}

}  // namespace hidet
