#include "passes/spread_over_threads.h"

namespace hidet {

Mapping spread_over_threads(Context& context, const std::vector<Expr>& extents, int64_t threads) {
  int64_t left = threads;
  std::vector<Expr> outer, inner;
  for (size_t axis = extents.size(); axis-- > 0;) {
    const auto extent = as_int(extents[axis]);
    HIDET_ASSERT(extent, "a tile in CUDA has constant extents");
    int64_t here = 1;
    while (here < *extent && left % (2 * here) == 0) here *= 2;
    if (axis == 0) here = left;
    left /= here;
    inner.insert(inner.begin(), context.index(here));
    outer.insert(outer.begin(), context.index((*extent + here - 1) / here));
  }
  return repeat<Expr>(outer) * spatial<Expr>(inner);
}

}  // namespace hidet
