#include "arith/analyzer.h"
#include "driver/fill.h"
#include "ir/visit.h"
#include "schedule/matmul_mma.h"
#include "schedule/matmul_simt_cost.h"
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

// Whether neighbours along the last axis but one of a matrix lie side by side in memory, as it is
// read where its element at an index is asked for.
bool is_transposed(const FillContext& fill, ValueId value) {
  ScheduledKernel probe{.context = std::make_shared<Context>()};
  Context& context = *probe.context;
  probe.program.context = &context;
  KernelArguments arguments(fill.graph, fill.grouping, fill.group, probe);
  Analyzer analyzer;
  std::vector<Expr> index;
  for (const SizeExpr& extent : fill.graph.values[value].shape) {
    Var var = context.make_var(Type{DType::i64}, "i");
    analyzer.bind(var, arguments.size(extent));
    index.push_back(context.variable(var));
  }
  int votes = 0;
  walk(arguments.read(value, index), [&](Expr e) {
    const auto* element = e.as<Element>();
    if (!element || element->buffer->shape.empty()) return;
    Buffer buffer = element->buffer;
    const Layout<Expr> layout = buffer->layout ? *buffer->layout : row_major<Expr>(buffer->shape);
    const Affine offset = Affine::of(analyzer.simplify(layout.offset(element->index)));
    if (offset.coefficient_of(index[index.size() - 1]).is_constant(1)) ++votes;
    if (offset.coefficient_of(index[index.size() - 2]).is_constant(1)) --votes;
  });
  return votes < 0;
}

constexpr const char* kAsked = "asked for by the option";

std::string least_predicted(double seconds, size_t points) {
  return hidet::format("{:.1f} us predicted, the least of {} points", 1e6 * seconds, points);
}
Result<KernelSequence> explained(Result<KernelSequence> sequence, std::string reason) {
  if (sequence) sequence->reason = std::move(reason);
  return sequence;
}

Result<KernelSequence> schedule_for_cuda(const FillContext& fill, const Node& node,
                                         MatmulProblem problem) {
  problem.allow_tf32 = fill.choices.allow_tf32;
  problem.a_transposed = is_transposed(fill, node.inputs[0]);
  problem.b_transposed = is_transposed(fill, node.inputs[1]);
  const std::string& params = fill.choices.params;
  if (const auto point = find_point(mma_space(problem.a), params))
    return explained(matmul_mma(problem, *point, fill.target), kAsked);
  if (!params.empty())
    return explained(matmul_simt(problem, point_of_space(simt_space(), params), fill.target),
                     kAsked);
  const MmaParams mma = pick_mma_params(problem, fill.target);
  Result<KernelSequence> by_tensor_cores = matmul_mma(problem, mma, fill.target);
  if (by_tensor_cores)
    return explained(
        std::move(by_tensor_cores),
        least_predicted(mma_seconds(problem, mma, fill.target), mma_space(problem.a).size()));
  std::vector<int64_t> hints;
  for (const Symbol& symbol : fill.graph.symbols) hints.push_back(symbol.hint);
  const MatmulSizes sizes = hinted(problem, hints);
  const int bytes = bytes_of(problem.a);
  const SimtParams simt = pick_simt_params(sizes, fill.target, bytes);
  return explained(
      matmul_simt(problem, simt, fill.target),
      by_tensor_cores.reason() + "; on scalar units " +
          least_predicted(simt_seconds(sizes, simt, fill.target, bytes), simt_space().size()));
}

}  // namespace

std::vector<std::string> scalar_matmul_params() {
  return texts_of_space(simt_space());
}

std::vector<std::string> tensor_core_matmul_params(DType operand) {
  return texts_of_space(mma_space(operand));
}

Result<GroupKernels> fill_matmul(const FillContext& fill) {
  const Node& node = fill.graph.nodes[fill.group.anchors[0]];
  const MatmulProblem problem = problem_of(fill, node);
  const bool on_cuda = fill.target.kind == TargetKind::cuda;
  Result<KernelSequence> scheduled =
      on_cuda ? schedule_for_cuda(fill, node, problem)
              : matmul_packed(problem, pick_packed_params(problem, fill.target), fill.target);
  if (!scheduled) return Decline{scheduled.reason()};
  GroupKernels result = start_group(*scheduled);
  const ValueId a = node.inputs[0], b = node.inputs[1], c = node.outputs[0];
  const auto read = [](FilledKernel& kernel, const char* site, ValueId value) {
    KernelArguments& arguments = *kernel.arguments;
    kernel.fills[site].read = [&arguments, value](const std::vector<Expr>& index, Expr) {
      return arguments.read(value, index);
    };
  };
  const bool split = on_cuda && scheduled->kernels.size() > 1;
  if (!on_cuda) {
    auto pack = start_kernel(fill, std::move(scheduled->kernels[0]),
                             hidet::format("pack_panels_{}", name_of(problem.b)));
    pack->packs_constant = fill.grouping.constant[b];
    read(*pack, "B", b);
    result.kernels.push_back(std::move(pack));
  }
  if (split) {
    auto pieces = start_kernel(fill, std::move(scheduled->kernels[0]),
                               hidet::format("matmul_pieces_{}", name_of(problem.accumulator)));
    read(*pieces, "A", a);
    read(*pieces, "B", b);
    result.kernels.push_back(std::move(pieces));
  }
  auto main = start_kernel(fill, std::move(scheduled->kernels.back()), kernel_symbol(fill));
  if (!split) read(*main, "A", a);
  if (on_cuda && !split) read(*main, "B", b);
  KernelArguments& arguments = *main->arguments;
  main->fills["C"].store = [fill, &arguments, c](const std::vector<Expr>& index, Expr value) {
    return store_epilogue(fill, arguments, c, index, value);
  };
  result.kernels.push_back(std::move(main));
  return result;
}

}  // namespace hidet
