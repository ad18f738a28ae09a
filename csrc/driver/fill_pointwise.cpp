#include "driver/fill.h"
#include "schedule/pointwise.h"

namespace hidet {

Result<GroupKernels> fill_pointwise(const FillContext& fill) {
  const std::vector<ValueId> outputs = fill.group.outputs;
  PointwiseProblem problem;
  problem.extents = fill.graph.values[outputs[0]].shape;
  for (ValueId value : outputs) problem.outputs.push_back(fill.graph.values[value].dtype);
  Result<KernelSequence> scheduled = pointwise(problem, fill.target);
  if (!scheduled) return Decline{scheduled.reason()};
  GroupKernels result{.template_name = scheduled->template_name,
                      .params = scheduled->params,
                      .workspaces = {},
                      .kernels = {}};
  auto kernel = start_kernel(fill, std::move(scheduled->kernels[0]), kernel_symbol(fill));
  KernelArguments& arguments = *kernel->arguments;
  for (size_t q = 0; q < outputs.size(); q++) {
    const ValueId value = outputs[q];
    kernel->fills[hidet::format("value_{}", q)].read = [&arguments, value](
                                                           const std::vector<Expr>& index, Expr) {
      return arguments.define(value, index);
    };
    kernel->fills[hidet::format("out_{}", q)].store = [fill, &arguments, value](
                                                          const std::vector<Expr>& index, Expr e) {
      Context& context = e.context();
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
