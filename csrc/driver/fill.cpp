#include "driver/fill.h"

#include "graph/definition.h"
#include "graph/operators.h"

namespace hidet {

std::unique_ptr<FilledKernel> start_kernel(const FillContext& fill, ScheduledKernel kernel,
                                           std::string symbol) {
  auto filled = std::make_unique<FilledKernel>();
  filled->scheduled = std::move(kernel);
  filled->symbol = std::move(symbol);
  filled->arguments =
      std::make_unique<KernelArguments>(fill.graph, fill.grouping, fill.group, filled->scheduled);
  return filled;
}

Stmt store_epilogue(const FillContext& fill, KernelArguments& arguments, ValueId anchor,
                    std::vector<Expr> index, Expr element) {
  Context& context = element.context();
  arguments.forget();
  std::vector<Stmt> stores;
  ValueId tip = anchor;
  Expr value = context.cast(fill.graph.values[anchor].dtype, element);
  auto finish = [&] {
    arguments.know(tip, value);
    if (!fill.grouping.stored[tip]) return;
    stores.push_back(
        context.make(Store{.buffer = arguments.output(tip), .index = index, .value = value}));
  };
  finish();
  for (NodeId id : fill.group.members) {
    const Node& node = fill.graph.nodes[id];
    if (node.outputs[0] == anchor) continue;
    if (kind_of(node.op) == OpKind::index_map) {
      index = forward_index(fill.graph, id, index, context,
                            [&](const SizeExpr& size) { return arguments.size(size); });
      tip = node.outputs[0];
    } else {
      tip = node.outputs[0];
      value = arguments.define(tip, index);
    }
    finish();
  }
  arguments.forget();
  return context.block(std::move(stores));
}

namespace {

bool reads_behind_a_condition(Op op) {
  return op == Op::cat || op == Op::pad;
}

Expr both(Expr a, Expr b) {
  return a ? a && b : b;
}

// Values evaluated for `value` here, not read from memory, that may be out of range. `used`: where
// the value at `index` is; null: always.
void collect_checks(const FillContext& fill, KernelArguments& arguments, ValueId value,
                    const std::vector<Expr>& index, Expr used, std::vector<Stmt>& reports) {
  const NodeId producer = fill.graph.values[value].producer;
  if (producer < 0 || arguments.is_read(value)) return;
  const Node& node = fill.graph.nodes[producer];
  const LowerSize size = [&](const SizeExpr& extent) { return arguments.size(extent); };
  if (kind_of(node.op) != OpKind::elementwise && kind_of(node.op) != OpKind::index_map) return;
  const ReadOperand read = [&](int operand, std::vector<Expr> at) {
    return arguments.read(node.inputs[operand], std::move(at));
  };
  Expr wrong = out_of_range(fill.graph, producer, index, arguments.context(), read, size);
  if (wrong && !is_int(wrong, 0))
    reports.push_back(arguments.context().make(Report{.condition = both(used, wrong)}));
  element_of(
      fill.graph, producer, index, arguments.context(),
      [&](int operand, std::vector<Expr> at) {
        const ValueId read_value = node.inputs[operand];
        Expr read_used = used;
        if (reads_behind_a_condition(node.op)) {
          const std::vector<SizeExpr>& shape = fill.graph.values[read_value].shape;
          for (size_t axis = 0; axis < at.size(); axis++) {
            if (at[axis] == index[axis] && shape[axis] == fill.graph.values[value].shape[axis])
              continue;
            const Expr begun = arguments.context().index(0) <= at[axis];
            read_used = both(read_used, begun && at[axis] < size(shape[axis]));
          }
        }
        collect_checks(fill, arguments, read_value, at, read_used, reports);
        return arguments.read(node.inputs[operand], std::move(at));
      },
      size);
}

}  // namespace

Stmt checks_of(const FillContext& fill, KernelArguments& arguments, ValueId value,
               const std::vector<Expr>& index) {
  std::vector<Stmt> reports;
  collect_checks(fill, arguments, value, index, Expr(), reports);
  return arguments.context().block(std::move(reports));
}

std::string kernel_symbol(const FillContext& fill) {
  std::string symbol;
  std::string_view last;
  for (NodeId id : fill.group.members) {
    const Node& node = fill.graph.nodes[id];
    std::string_view name = label_of(node);
    if (name == last || kind_of(node.op) == OpKind::index_map || node.op == Op::cast ||
        symbol.size() + name.size() > 60)
      continue;
    last = name;
    symbol += symbol.empty() ? "" : "_";
    symbol += name;
  }
  if (symbol.empty()) symbol = label_of(fill.graph.nodes[fill.group.members.back()]);
  DType dtype = fill.graph.values[fill.group.outputs.back()].dtype;
  return hidet::format("{}_{}", symbol, name_of(dtype));
}

Result<GroupKernels> group_kernels(const Graph& graph, const Grouping& grouping, const Group& group,
                                   const Target& target, const KernelChoices& choices) {
  FillContext fill{graph, grouping, group, target, choices};
  switch (group.kind) {
    case GroupKind::matmul:
      return fill_matmul(fill);
    case GroupKind::attention:
      return fill_attention(fill);
    case GroupKind::rowwise:
      return fill_rowwise(fill);
    case GroupKind::reduce:
      return fill_reduce(fill);
    case GroupKind::pointwise:
      return fill_pointwise(fill);
    case GroupKind::aten:
      break;
  }
  HIDET_UNREACHABLE("an ATen call has no kernel");
}

}  // namespace hidet
