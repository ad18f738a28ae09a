// Tests only: the packed matrix product of facts on CPUs, written by hand: register tiles over
// strips of rows and packed panels of columns, one epilogue for all heights.
#pragma once

#include "ir/builder.h"
#include "target/target.h"

namespace hidet {

struct PackedMatmulForTest {
  Context context;
  Program program;
  Buffer a, bias, c;
  int columns = 0;  // of a panel

  // Arguments: packed [panels, k, columns], a [m, k], bias [n], c [m, n]; sizes m, n, k. Sites A,
  // C.
  PackedMatmulForTest(const Target& target, DType dtype, int height, int vectors) {
    const int lanes = target.lanes(DType::f32);
    columns = vectors * lanes;
    Builder b(context, "matmul", target.name);
    const SizeFacts some{1, 1 << 20, 1};
    const Expr m = b.size("m", some), n = b.size("n", some), k = b.size("k", some);
    const Expr panels = (n + (columns - 1)) / columns, strips = (m + (height - 1)) / height;
    Buffer packed = b.argument("packed", Scope::constant, dtype, {panels, k, b.index(columns)});
    a = b.argument("a", Scope::constant, dtype, {m, k});
    bias = b.argument("bias", Scope::constant, dtype, {n});
    c = b.argument("c", Scope::global, dtype, {m, n});
    b.site(SiteKind::read, "A", dtype, {m, k});
    b.site(SiteKind::store, "C", dtype, {m, n});
    b.tasks(
        {"panel", "strip"}, WorkerScope::core, spatial<Expr>({panels, strips}),
        [&](const std::vector<Expr>& task) {
          const Expr row = b.let("row", task[1] * height);
          const Expr column = b.let("column", task[0] * columns);
          const Expr rows = b.let("rows", context.call(Function::min, {b.index(height), m - row}));
          Buffer tile = b.local("tile", DType::f32, {b.index(height), b.index(columns)});
          const std::function<void(int)> strip = [&](int rows_now) {
            const auto product = [&] {
              Buffer sums = b.registers("sums", DType::f32,
                                        b.repeat({rows_now, vectors}) * b.spatial({1, lanes}));
              b.fill(sums, b.constant(DType::f32, 0));
              b.loop("q", k, [&](Expr q) {
                b.mma(b.whole(sums),
                      Tile{.site = "A", .slices = {{row, b.index(rows_now)}, {q, b.index(1)}}},
                      Tile{.buffer = packed,
                           .slices = {
                               {task[0], {}}, {q, b.index(1)}, {b.index(0), b.index(columns)}}});
              });
              b.copy(
                  Tile{.buffer = tile,
                       .slices = {{b.index(0), b.index(rows_now)}, {b.index(0), b.index(columns)}}},
                  b.whole(sums));
            };
            if (rows_now == 1) return product();
            b.when(context.call(Function::eq, {rows, b.index(rows_now)}), product,
                   [&] { strip(rows_now - 1); });
          };
          strip(height);
          b.outline("epilogue", [&] {
            b.tasks({"i", "j"}, WorkerScope::lane,
                    b.repeat({height, vectors}) * b.spatial({1, lanes}),
                    [&](const std::vector<Expr>& at) {
                      const Expr sum = b.load(tile, {at[0], at[1]}, "sum");
                      b.store_site("C", {row + at[0], column + at[1]}, context.cast(dtype, sum));
                    },
                    {rows, n - column});
          });
        });
    program = b.finish();
  }
};

}  // namespace hidet
