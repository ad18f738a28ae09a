#include "driver/kernel_arguments.h"

#include <algorithm>

#include "graph/definition.h"
#include "ir/context.h"

namespace hidet {

KernelArguments::KernelArguments(const Graph& graph, const Grouping& grouping, const Group& group,
                                 ScheduledKernel& kernel)
    : graph_(graph),
      grouping_(grouping),
      group_(group),
      kernel_(kernel),
      values_(kernel.program.buffers.size(), -1) {}

Expr KernelArguments::size(const SizeExpr& size) {
  Context& context = *kernel_.context;
  if (auto constant = size.as_constant()) return context.index(*constant);
  for (size_t i = 0; i < kernel_.sizes.size(); i++)
    if (kernel_.sizes[i] == size) return context.variable(kernel_.program.sizes[i].var);
  Var var = context.make_var(Type{DType::i64}, "n");
  kernel_.program.sizes.push_back({var, {}});
  kernel_.sizes.push_back(size);
  return context.variable(var);
}

Buffer KernelArguments::buffer(ValueId value, Scope scope) {
  auto [it, inserted] = buffers_.try_emplace({value, scope}, nullptr);
  if (!inserted) return it->second;
  const Value& v = graph_.values[value];
  BufferInfo info;
  info.scope = scope;
  info.type = Type{v.dtype};
  info.name = scope == Scope::global ? "out" : "in";
  for (const SizeExpr& extent : v.shape) info.shape.push_back(size(extent));
  if (v.border_strides && !info.shape.empty()) {
    std::vector<Expr> strides;
    for (const SizeExpr& stride : *v.border_strides) strides.push_back(size(stride));
    info.layout = strided<Expr>(info.shape, strides);
  }
  it->second = kernel_.context->make_buffer(std::move(info));
  kernel_.program.buffers.push_back(it->second);
  values_.push_back(value);
  return it->second;
}

bool KernelArguments::is_allocated(size_t i) const {
  if (values_.at(i) < 0) return true;
  const NodeId producer = graph_.values[values_[i]].producer;
  return producer >= 0 && graph_.nodes[producer].op != Op::aten;
}

int64_t KernelArguments::divisor(const SizeExpr& size) const {
  std::vector<int64_t> divisors;
  for (const Symbol& symbol : graph_.symbols) divisors.push_back(symbol.divisor);
  return size.divisor(divisors);
}

bool KernelArguments::is_read(ValueId value) const {
  return known_.count(value) || is_in_memory(value);
}

bool KernelArguments::is_in_memory(ValueId value) const {
  const NodeId producer = graph_.values[value].producer;
  const bool own =
      std::find(group_.members.begin(), group_.members.end(), producer) != group_.members.end();
  return grouping_.stored[value] && !own;
}

Expr KernelArguments::read(ValueId value, std::vector<Expr> index) {
  auto known = known_.find(value);
  if (known != known_.end()) return known->second;
  if (is_read(value)) return kernel_.context->element(input(value), std::move(index));
  return define(value, index);
}

// What was rounded to a narrower type in this kernel, as it was before.
static Expr without_rounding(Expr e, DType to) {
  const auto* cast = e.as<Cast>();
  if (cast && is_floating(e.type().dtype) && cast->value.type().dtype == to) return cast->value;
  return e.context().cast(to, e);
}

Expr KernelArguments::define(ValueId value, const std::vector<Expr>& index) {
  std::vector<const ExprNode*> at;
  for (Expr e : index) at.push_back(e.get());
  const auto key = std::make_pair(value, std::move(at));
  if (auto it = defined_.find(key); it != defined_.end()) return it->second;
  const Expr element = define_anew(value, index);
  defined_.emplace(key, element);
  return element;
}

Expr KernelArguments::define_anew(ValueId value, const std::vector<Expr>& index) {
  const Value& v = graph_.values[value];
  HIDET_ASSERT(v.producer >= 0, "value {} has neither memory nor a definition", v.name);
  const Node& node = graph_.nodes[v.producer];
  if (node.op == Op::cast && node.attributes.count("wide"))
    return without_rounding(read(node.inputs[0], index), v.dtype);
  return element_of(
      graph_, v.producer, index, *kernel_.context,
      [&](int operand, std::vector<Expr> at) { return read(node.inputs[operand], std::move(at)); },
      [&](const SizeExpr& extent) { return size(extent); });
}

}  // namespace hidet
