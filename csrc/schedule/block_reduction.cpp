#include "schedule/block_reduction.h"

#include "ir/reduction.h"

namespace hidet {

Buffer block_reduction(Builder& b, Buffer parts, int64_t rows, int64_t columns, ReduceKind kind) {
  constexpr int64_t kWarp = 32;
  const DType dtype = parts->type.dtype;
  if (columns <= kWarp) {
    Buffer totals = b.registers("totals", dtype, b.spatial({rows}) * b.replicate(columns));
    b.reduce(b.whole(totals), b.whole(parts), kind, 1);
    return totals;
  }
  const int64_t warps = columns / kWarp;
  Buffer of_lanes = b.registers("of_lanes", dtype, b.spatial({rows, warps, kWarp}));
  b.tasks({"i", "w", "l"}, WorkerScope::thread, b.spatial({rows, warps, kWarp}),
          [&](const std::vector<Expr>& at) {
            b.store(of_lanes, at, b.load(parts, {at[0], at[1] * kWarp + at[2]}));
          });
  const Mapping by_warps = b.spatial({rows, warps}) * b.replicate(kWarp);
  Buffer of_warps = b.registers("of_warps", dtype, by_warps);
  b.reduce(b.whole(of_warps), b.whole(of_lanes), kind, 2);
  Buffer shared = b.shared("shared_parts", dtype, {b.index(rows), b.index(warps)});
  b.tasks({"i", "w"}, WorkerScope::thread, by_warps,
          [&](const std::vector<Expr>& at) { b.store(shared, at, b.load(of_warps, at)); });
  b.barrier();
  const Mapping by_rows = b.spatial({rows}) * b.replicate(columns);
  Buffer totals = b.registers("totals", dtype, by_rows);
  b.tasks({"i"}, WorkerScope::thread, by_rows, [&](const std::vector<Expr>& at) {
    Expr total = b.load(shared, {at[0], b.index(0)});
    for (int64_t warp = 1; warp < warps; warp++)
      total = reduction_step(kind, total, b.load(shared, {at[0], b.index(warp)}));
    b.store(totals, at, total);
  });
  return totals;
}

}  // namespace hidet
