#include "driver/fill.h"
#include "graph/operators.h"
#include "schedule/attention_mma.h"
#include "schedule/attention_simt.h"

namespace hidet {

Result<GroupKernels> fill_attention(const FillContext& fill) {
  const Node& node = fill.graph.nodes[fill.group.anchors[0]];
  const Value& q = fill.graph.values[node.inputs[0]];
  const Value& k = fill.graph.values[node.inputs[1]];
  const Value& v = fill.graph.values[node.inputs[2]];
  const size_t rank = q.shape.size();
  auto depth = q.shape.back().as_constant(), value_depth = v.shape.back().as_constant();
  HIDET_DECLINE_UNLESS(depth && value_depth, "the head size is no constant");
  AttentionProblem problem;
  problem.dtype = q.dtype;
  problem.batch.assign(q.shape.begin(), q.shape.end() - 2);
  problem.queries = q.shape[rank - 2];
  problem.keys = k.shape[rank - 2];
  problem.depth = *depth;
  problem.value_depth = *value_depth;
  problem.causal = attention_is_causal(node);
  const bool on_cuda = fill.target.kind == TargetKind::cuda;
  Result<KernelSequence> scheduled =
      on_cuda ? attention_mma(problem, fill.target) : attention_blocks(problem, fill.target);
  if (on_cuda && !scheduled) scheduled = attention_simt(problem, fill.target);
  if (!scheduled) return Decline{scheduled.reason()};
  GroupKernels result = start_group(*scheduled);

  auto kernel = start_kernel(fill, std::move(scheduled->kernels[0]), kernel_symbol(fill));
  KernelArguments& arguments = *kernel->arguments;
  constexpr const char* names[] = {"Q", "K", "V"};
  for (size_t operand = 0; operand < 3; operand++) {
    const ValueId value = node.inputs[operand];
    kernel->fills[names[operand]].read = [&arguments, value](const std::vector<Expr>& index, Expr) {
      return arguments.read(value, index);
    };
  }
  const Graph& graph = fill.graph;
  kernel->fills["score"].read = [&graph, &arguments, &node](const std::vector<Expr>& index,
                                                            Expr raw) {
    Context& context = raw.context();
    const DType dtype = raw.type().dtype;
    Expr score = raw * context.constant(Type{dtype}, attention_scale(node));
    if (node.inputs.size() > 3) {
      Expr mask = arguments.read(node.inputs[3], index);
      Expr nothing = context.constant(Type{dtype}, -std::numeric_limits<double>::infinity());
      if (graph.values[node.inputs[3]].dtype == DType::b8)
        score = context.call(Function::where, {mask, score, nothing});
      else
        score = score + context.cast(dtype, mask);
    }
    if (attention_is_causal(node)) {
      Expr query = index[index.size() - 2], key = index.back();
      Expr nothing = context.constant(Type{dtype}, -std::numeric_limits<double>::infinity());
      score = context.call(Function::where, {key <= query, score, nothing});
    }
    return score;
  };
  const ValueId out = node.outputs[0];
  kernel->fills["O"].store = [fill, &arguments, out](const std::vector<Expr>& index, Expr value) {
    return store_epilogue(fill, arguments, out, index, value);
  };
  result.kernels.push_back(std::move(kernel));
  return result;
}

}  // namespace hidet
