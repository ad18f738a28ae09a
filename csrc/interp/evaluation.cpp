#include "interp/evaluation.h"

#include "ir/function.h"
#include "ir/visit.h"

namespace hidet {

namespace {
constexpr uint64_t kLargeTree = 100;  // nodes
}

uint64_t Evaluation::tree_size(Expr e) {
  if (auto it = tree_sizes_.find(e.get()); it != tree_sizes_.end()) return it->second;
  uint64_t size = 1;
  for_each_child(
      e, [&](Expr child) { size = std::min<uint64_t>(size + tree_size(child), UINT32_MAX); });
  tree_sizes_.emplace(e.get(), size);
  return size;
}

std::vector<int64_t> Evaluation::integers(const std::vector<Expr>& list, int lane) {
  std::vector<int64_t> result;
  result.reserve(list.size());
  for (Expr e : list) result.push_back(integer(e, lane));
  return result;
}

Scalar Evaluation::value(Expr e, int lane) {
  HIDET_ASSERT(e, "the value of nothing");
  if (!e.type().is_vector()) lane = 0;
  if (const auto* n = e.as<Constant>()) return {n->bits};
  if (const auto* n = e.as<Variable>()) return variable(n->var, lane);
  if (remembering_) {
    if (auto it = memo_.find({e.get(), lane}); it != memo_.end()) return it->second;
    const Scalar result = compute(e, lane);
    memo_.emplace(Key{e.get(), lane}, result);
    return result;
  }
  if (tree_size(e) <= kLargeTree) return compute(e, lane);
  remembering_ = true;
  struct Reset {
    Evaluation& self;
    ~Reset() {
      self.remembering_ = false;
      self.memo_.clear();
    }
  } reset{*this};
  return compute(e, lane);
}

Scalar Evaluation::compute(Expr e, int lane) {
  if (const auto* n = e.as<Call>()) {
    const DType operand = n->args[n->function == Function::where ? 1 : 0].type().dtype;
    if (n->function == Function::where)  // the other side may have no value
      return value(n->args[value(n->args[0], lane).as_int() ? 1 : 2], lane);
    const Type first = n->args[0].type();
    if (first.is_vector() && !e.type().is_vector()) {  // a function of lanes
      std::vector<Scalar> lanes;
      for (int i = 0; i < first.lanes; ++i) lanes.push_back(value(n->args[0], i));
      return evaluate(n->function, operand, lanes);
    }
    // The second operand of `and` and `or` may have a value only when the first one does not
    // decide.
    if (n->function == Function::logical_and && is_boolean(operand))
      return value(n->args[0], lane).as_int() ? value(n->args[1], lane) : Scalar::of(int64_t{0});
    if (n->function == Function::logical_or && is_boolean(operand))
      return value(n->args[0], lane).as_int() ? Scalar::of(int64_t{1}) : value(n->args[1], lane);
    Scalar args[3];
    for (size_t i = 0; i < n->args.size(); ++i) args[i] = value(n->args[i], lane);
    return evaluate(n->function, operand, {args, n->args.size()});
  }
  if (const auto* n = e.as<Cast>())
    return convert(n->value.type().dtype, e.type().dtype, value(n->value, lane));
  if (const auto* n = e.as<Ramp>())
    return Scalar::of(wrap_integer(e.type().dtype, integer(n->base) + lane * integer(n->stride)));
  if (const auto* n = e.as<Broadcast>()) return value(n->value);
  if (const auto* n = e.as<Element>()) return element(n->buffer, integers(n->index, lane), lane);
  const auto* n = e.as<SiteRead>();
  std::vector<Scalar> index;
  for (Expr at : n->index) index.push_back(value(at, lane));
  return site(*n, index, n->value ? value(n->value, lane) : Scalar());
}

}  // namespace hidet
