#include "passes/restrict_mapping.h"

#include <algorithm>
#include <bit>

namespace hidet {

Mapping restrict_mapping(const Mapping& mapping, int axis) {
  std::vector<Factor<Expr>> factors;
  const auto add = [&](FactorKind kind, const Expr& extent) {
    if (is_constant(extent, 1)) return;
    const Expr one = constant_like(extent, 1);
    switch (kind) {
      case FactorKind::repeat:
        return factors.push_back({kind, {extent}, {0}, one});
      case FactorKind::spatial:
        return factors.push_back({kind, {extent}, {0}, extent});
      default:
        return factors.push_back({FactorKind::replicate, {}, {}, extent});
    }
  };
  for (const Factor<Expr>& factor : mapping.factors()) {
    HIDET_ASSERT(factor.kind != FactorKind::table, "one axis of table {}", factor.name);
    if (factor.kind == FactorKind::replicate) add(factor.kind, factor.workers);
    for (const int other : factor.order) {
      const Expr& extent = factor.shape[static_cast<size_t>(other)];
      if (other == axis) {
        add(factor.kind, extent);
      } else if (factor.kind == FactorKind::spatial) {
        add(FactorKind::replicate, extent);
      }
    }
  }
  if (factors.empty()) {
    const Expr one = constant_like(mapping.factors().front().workers, 1);
    factors.push_back({FactorKind::repeat, {one}, {0}, one});
  }
  return Mapping(std::move(factors), 1);
}

std::vector<int> lane_bits(const Mapping& mapping) {
  std::vector<int> result;
  int64_t stride = 1;
  for (size_t f = mapping.factors().size(); f-- > 0;) {
    const Factor<Expr>& factor = mapping.factors()[f];
    const auto workers = as_int(factor.workers);
    HIDET_ASSERT(workers, "{} has no constant number of workers", mapping.to_string());
    if (factor.kind == FactorKind::spatial) {
      HIDET_ASSERT(std::has_single_bit(static_cast<uint64_t>(*workers)) && stride * *workers <= 32,
                   "{} reaches past a warp", mapping.to_string());
      for (int64_t bit = stride; bit < stride * *workers; bit *= 2)
        result.push_back(static_cast<int>(bit));
    }
    stride *= *workers;
  }
  return result;
}

}  // namespace hidet
