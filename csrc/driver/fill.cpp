#include "driver/fill.h"

#include <algorithm>
#include <set>

#include "graph/definition.h"
#include "graph/operators.h"
#include "runtime/kernel_record.h"

namespace hidet {

GroupKernels start_group(const KernelSequence& scheduled) {
  return {.template_name = scheduled.template_name,
          .params = scheduled.params,
          .reason = scheduled.reason,
          .workspaces = scheduled.workspaces,
          .kernels = {}};
}

std::unique_ptr<FilledKernel> start_kernel(const FillContext& fill, ScheduledKernel kernel,
                                           std::string symbol) {
  auto filled = std::make_unique<FilledKernel>();
  filled->scheduled = std::move(kernel);
  filled->symbol = std::move(symbol);
  filled->arguments =
      std::make_unique<KernelArguments>(fill.graph, fill.grouping, fill.group, filled->scheduled);
  return filled;
}

std::vector<DType> dtypes_along(const FillContext& fill, const SizeExpr& extent) {
  const std::vector<NodeId>& members = fill.group.members;
  std::vector<DType> dtypes;
  for (NodeId id : members)
    for (ValueId value : fill.graph.nodes[id].inputs) {
      const Value& read = fill.graph.values[value];
      const bool inside = std::find(members.begin(), members.end(), read.producer) != members.end();
      const bool along = !read.shape.empty() && read.shape.back() == extent;
      if (!inside && along && is_floating(read.dtype)) dtypes.push_back(read.dtype);
    }
  return dtypes;
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

class CheckCollector {
 public:
  CheckCollector(const FillContext& fill, KernelArguments& arguments)
      : fill_(fill), arguments_(arguments) {}

  // Values evaluated for `value` here, not read from memory, that may be out of range. `used`:
  // where the value at `index` is; null: always.
  void collect(ValueId value, const std::vector<Expr>& index, Expr used) {
    const NodeId producer = fill_.graph.values[value].producer;
    if (producer < 0 || arguments_.is_in_memory(value)) return;
    const Node& node = fill_.graph.nodes[producer];
    if (kind_of(node.op) != OpKind::elementwise && kind_of(node.op) != OpKind::index_map) return;
    std::vector<const ExprNode*> key{used.get()};
    for (Expr e : index) key.push_back(e.get());
    if (!seen_.insert({value, std::move(key)}).second) return;
    const LowerSize size = [&](const SizeExpr& extent) { return arguments_.size(extent); };
    const ReadOperand read = [&](int operand, std::vector<Expr> at) {
      return arguments_.read(node.inputs[operand], std::move(at));
    };
    Expr wrong = out_of_range(fill_.graph, producer, index, arguments_.context(), read, size);
    if (wrong && !is_int(wrong, 0)) {
      const int code = node.op == Op::gather ? kGatherIndexOutOfRange : kIndexOutOfRange;
      reports.push_back(
          arguments_.context().make(Report{.condition = both(used, wrong), .code = code}));
      arguments_.note_report(node.name);
    }
    element_of(
        fill_.graph, producer, index, arguments_.context(),
        [&](int operand, std::vector<Expr> at) {
          const ValueId read_value = node.inputs[operand];
          Expr read_used = used;
          if (reads_behind_a_condition(node.op)) {
            const std::vector<SizeExpr>& shape = fill_.graph.values[read_value].shape;
            for (size_t axis = 0; axis < at.size(); axis++) {
              if (at[axis] == index[axis] && shape[axis] == fill_.graph.values[value].shape[axis])
                continue;
              const Expr begun = arguments_.context().index(0) <= at[axis];
              read_used = both(read_used, begun && at[axis] < size(shape[axis]));
            }
          }
          collect(read_value, at, read_used);
          return arguments_.read(read_value, std::move(at));
        },
        size);
  }

  std::vector<Stmt> reports;

 private:
  const FillContext& fill_;
  KernelArguments& arguments_;
  std::set<std::pair<ValueId, std::vector<const ExprNode*>>> seen_;
};

}  // namespace

Stmt checks_of(const FillContext& fill, KernelArguments& arguments, ValueId value,
               const std::vector<Expr>& index) {
  CheckCollector collector(fill, arguments);
  collector.collect(value, index, Expr());
  return arguments.context().block(std::move(collector.reports));
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
