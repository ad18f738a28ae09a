#include "driver/fill.h"
#include "schedule/matmul_simt.h"
#include "schedule/point_of_space.h"

namespace hidet {

namespace {

MatmulProblem problem_of(const FillContext& fill, const Node& node) {
  const Value& a = fill.graph.values[node.inputs[0]];
  const Value& b = fill.graph.values[node.inputs[1]];
  MatmulProblem problem;
  problem.a = a.dtype;
  problem.b = b.dtype;
  problem.accumulator = a.dtype == DType::f64 ? DType::f64 : DType::f32;
  problem.result = problem.accumulator;
  const size_t rank = a.shape.size();
  problem.batch.assign(a.shape.begin(), a.shape.end() - 2);
  problem.b_has_batch = b.shape.size() > 2;
  problem.m = a.shape[rank - 2];
  problem.k = a.shape[rank - 1];
  problem.n = b.shape.back();
  return problem;
}

SimtParams simt_params(const FillContext& fill, const MatmulProblem& problem) {
  if (!fill.params.empty()) return point_of_space(simt_space(), fill.params);
  return pick_simt_params(problem, fill.target);
}

}  // namespace

std::vector<std::string> matmul_params() {
  return texts_of_space(simt_space());
}

Result<GroupKernels> fill_matmul(const FillContext& fill) {
  const Node& node = fill.graph.nodes[fill.group.anchors[0]];
  const MatmulProblem problem = problem_of(fill, node);
  const bool on_cuda = fill.target.kind == TargetKind::cuda;
  Result<KernelSequence> scheduled =
      on_cuda ? matmul_simt(problem, simt_params(fill, problem), fill.target)
              : matmul_packed(problem, pick_packed_params(problem, fill.target), fill.target);
  if (!scheduled) return Decline{scheduled.reason()};
  GroupKernels result{.template_name = scheduled->template_name,
                      .params = scheduled->params,
                      .workspaces = scheduled->workspaces,
                      .kernels = {}};
  const ValueId a = node.inputs[0], b = node.inputs[1], c = node.outputs[0];
  const auto read = [](FilledKernel& kernel, const char* site, ValueId value) {
    KernelArguments& arguments = *kernel.arguments;
    kernel.fills[site].read = [&arguments, value](const std::vector<Expr>& index, Expr) {
      return arguments.read(value, index);
    };
  };
  if (!on_cuda) {
    auto pack = start_kernel(fill, std::move(scheduled->kernels[0]),
                             hidet::format("pack_panels_{}", name_of(problem.b)));
    pack->packs_constant = fill.grouping.constant[b];
    read(*pack, "B", b);
    result.kernels.push_back(std::move(pack));
  }
  auto main = start_kernel(fill, std::move(scheduled->kernels.back()), kernel_symbol(fill));
  read(*main, "A", a);
  if (on_cuda) read(*main, "B", b);
  KernelArguments& arguments = *main->arguments;
  main->fills["C"].store = [fill, &arguments, c](const std::vector<Expr>& index, Expr value) {
    return store_epilogue(fill, arguments, c, index, value);
  };
  result.kernels.push_back(std::move(main));
  return result;
}

}  // namespace hidet
