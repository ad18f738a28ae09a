#include "driver/merge_axes.h"

#include "arith/analyzer.h"
#include "driver/element_offset.h"
#include "ir/visit.h"
#include "schedule/pointwise.h"

namespace hidet {

namespace {

// An axis this long fills its vectors by itself.
constexpr int64_t kLongAxis = 1024;

bool divides_by_variable(Expr root, Var var) {
  bool found = false;
  walk(root, [&](Expr e) {
    const auto* call = e.as<Call>();
    if (!call) return;
    switch (call->function) {
      case Function::floordiv:
      case Function::truncdiv:
      case Function::mod:
      case Function::fmod:
        walk(e, [&](Expr below) {
          const auto* variable = below.as<Variable>();
          found = found || (variable && variable->var == var);
        });
        return;
      default:
        return;
    }
  });
  return found;
}

// The accesses of the group in terms of a merged index.
class Trial {
 public:
  Trial(const FillContext& fill, const std::vector<ValueId>& outputs, int count)
      : fill_(fill), outputs_(outputs), count_(count) {}

  bool succeeds() {
    const std::vector<SizeExpr>& extents = fill_.graph.values[outputs_[0]].shape;
    PointwiseProblem problem{.extents = merge_axes(extents, count_), .outputs = {}};
    for (ValueId value : outputs_) problem.outputs.push_back(fill_.graph.values[value].dtype);
    Result<KernelSequence> scheduled = pointwise(problem, fill_.target);
    if (!scheduled) return false;
    const auto kernel = start_kernel(fill_, std::move(scheduled->kernels[0]), "trial");
    Context& context = kernel->arguments->context();
    Analyzer analyzer;
    std::vector<Expr> index;
    Var last = nullptr;
    for (const SizeExpr& extent : problem.extents) {
      last = context.make_var(Type{DType::i64}, "i");
      analyzer.bind(last, kernel->arguments->size(extent));
      index.push_back(context.variable(last));
    }
    const auto is_affine = [&](Expr e) { return !divides_by_variable(analyzer.simplify(e), last); };
    const std::vector<Expr> split = split_index(extents, count_, index);
    for (ValueId value : outputs_) {
      if (!is_affine(element_offset(kernel->arguments->output(value), split))) return false;
      bool affine = true;
      walk(kernel->arguments->define(value, split), [&](Expr e) {
        const auto* element = e.as<Element>();
        if (!element || !affine || element->index.empty()) return;
        affine = is_affine(element_offset(element->buffer, element->index));
      });
      if (!affine) return false;
    }
    return true;
  }

 private:
  const FillContext& fill_;
  const std::vector<ValueId>& outputs_;
  const int count_;
};

}  // namespace

int mergeable_axes(const FillContext& fill, const std::vector<ValueId>& outputs) {
  const std::vector<SizeExpr>& extents = fill.graph.values[outputs[0]].shape;
  const int rank = static_cast<int>(extents.size());
  if (rank < 2 || extents.back().as_constant().value_or(kLongAxis) >= kLongAxis) return 1;
  for (ValueId value : outputs)
    if (fill.graph.values[value].shape != extents) return 1;
  for (int count = rank; count > 1; --count) {
    bool constant = true;
    for (int axis = rank - count + 1; axis < rank; ++axis)
      constant = constant && extents[axis].as_constant().value_or(0) > 0;
    if (constant && Trial(fill, outputs, count).succeeds()) return count;
  }
  return 1;
}

std::vector<SizeExpr> merge_axes(std::vector<SizeExpr> extents, int count) {
  for (; count > 1; --count) {
    const SizeExpr last = extents.back();
    extents.pop_back();
    extents.back() = extents.back() * last;
  }
  return extents;
}

std::vector<Expr> split_index(const std::vector<SizeExpr>& extents, int count,
                              std::vector<Expr> index) {
  if (count < 2) return index;
  Expr joint = index.back();
  index.pop_back();
  std::vector<Expr> inner;
  for (int axis = static_cast<int>(extents.size()) - 1; count > 1; --axis, --count) {
    const int64_t extent = extents[axis].as_constant().value();
    inner.insert(inner.begin(), joint % extent);
    joint = joint / extent;
  }
  index.push_back(joint);
  index.insert(index.end(), inner.begin(), inner.end());
  return index;
}

}  // namespace hidet
