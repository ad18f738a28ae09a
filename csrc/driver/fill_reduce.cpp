#include <algorithm>

#include "driver/fill.h"
#include "graph/operators.h"
#include "schedule/reduce_cuda.h"

namespace hidet {

Result<GroupKernels> fill_reduce(const FillContext& fill) {
  const Node& node = fill.graph.nodes[fill.group.anchors[0]];
  const ValueId in = node.inputs[0], out = node.outputs[0];
  const std::vector<SizeExpr>& shape = fill.graph.values[in].shape;
  const std::vector<int64_t> axes = reduction_axes(node);
  std::vector<bool> reduced(shape.size(), false);
  for (int64_t axis : axes) reduced[axis] = true;

  ReduceProblem problem;
  for (size_t axis = 0; axis < shape.size(); axis++)
    (reduced[axis] ? problem.reduced : problem.kept).push_back(shape[axis]);
  HIDET_DECLINE_UNLESS(!problem.reduced.empty(), "no axis is reduced");
  problem.lanes_on_kept = !reduced.back();
  problem.reduction = {reduction_kind(node), fill.graph.values[out].dtype};
  problem.result = problem.reduction.dtype;
  Result<KernelSequence> scheduled = fill.target.kind == TargetKind::cuda
                                         ? reduce_cuda(problem, fill.target)
                                         : reduce_columns(problem, fill.target);
  if (!scheduled) return Decline{scheduled.reason()};
  GroupKernels result = start_group(*scheduled);

  const size_t kept = problem.kept.size();
  for (ScheduledKernel& scheduled_kernel : scheduled->kernels) {
    const bool last = &scheduled_kernel == &scheduled->kernels.back();
    std::string symbol = kernel_symbol(fill);
    auto kernel =
        start_kernel(fill, std::move(scheduled_kernel), last ? symbol : symbol + "_pieces");
    KernelArguments& arguments = *kernel->arguments;
    kernel->fills["value"].read = [&arguments, in, reduced, kept](const std::vector<Expr>& index,
                                                                  Expr) {
      std::vector<Expr> at;
      size_t next_kept = 0, next_reduced = kept;
      for (bool is_reduced : reduced)
        at.push_back(index[is_reduced ? next_reduced++ : next_kept++]);
      return arguments.read(in, at);
    };
    kernel->fills["result"].read = [](const std::vector<Expr>& index, Expr) {
      return index.back();
    };
    kernel->fills["out"].store = [fill, &arguments, out](const std::vector<Expr>& index,
                                                         Expr value) {
      return store_epilogue(fill, arguments, out, index, value);
    };
    result.kernels.push_back(std::move(kernel));
  }
  return result;
}

}  // namespace hidet
