#include "schedule/add_pieces.h"

#include "schedule/size_binder.h"
#include "schedule/vector_run.h"

namespace hidet {

namespace {

constexpr int64_t kThreads = 128;
constexpr int64_t kAlongRow = 32;  // threads

}  // namespace

ScheduledKernel add_pieces(const std::vector<SizeExpr>& batch, const SizeExpr& m, const SizeExpr& n,
                           int pieces, DType dtype, const Target& target) {
  ScheduledKernel kernel{.context = std::make_shared<Context>()};
  Builder b(*kernel.context, "add_pieces", target.name);
  b.threads(kThreads);
  SizeBinder sizes(b);
  std::vector<Expr> shape;
  for (const SizeExpr& extent : batch) shape.push_back(sizes.argument(extent, "batch"));
  const Expr rows = sizes.argument(m, "m"), columns = sizes.argument(n, "n");
  shape.insert(shape.end(), {rows, columns});
  std::vector<Expr> all = shape;
  all.insert(all.begin(), b.index(pieces));
  Buffer parts = b.argument("pieces", Scope::constant, dtype, all);
  b.site(SiteKind::store, "C", dtype, shape);
  const int64_t run = vector_run(n, {&dtype, 1}), height = kThreads / kAlongRow;
  const int64_t width = kAlongRow * run;
  std::vector<Expr> grid(shape.begin(), shape.end() - 2);
  std::vector<std::string> names(grid.size(), "g");
  grid.insert(grid.end(), {(rows + (height - 1)) / height, (columns + (width - 1)) / width});
  names.insert(names.end(), {"y", "x"});
  b.tasks(names, WorkerScope::block, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
    const Expr row = task[task.size() - 2] * height, column = task.back() * width;
    b.tasks({"i", "j"}, WorkerScope::thread, b.spatial({height, kAlongRow}) * b.repeat({1, run}),
            [&](const std::vector<Expr>& at) {
              std::vector<Expr> index(task.begin(), task.end() - 2);
              index.insert(index.end(), {row + at[0], column + at[1]});
              Expr sum;
              for (int piece = 0; piece < pieces; ++piece) {
                std::vector<Expr> of_piece = index;
                of_piece.insert(of_piece.begin(), b.index(piece));
                const Expr part = b.context().element(parts, of_piece);
                sum = sum ? sum + part : part;
              }
              b.store_site("C", index, b.let("sum", sum));
            },
            {rows - row, columns - column});
  });
  kernel.program = b.finish();
  kernel.sizes = sizes.arguments();
  kernel.workspaces = {0};
  kernel.work.threads = kThreads;
  if (run > 1) kernel.vector_axes.push_back({kernel.sizes.size() - 1, run});
  return kernel;
}

}  // namespace hidet
