#include "schedule/add_pieces.h"

#include <cmath>

#include "schedule/size_binder.h"
#include "schedule/vector_run.h"

namespace hidet {

namespace {

constexpr int64_t kThreads = 128;
constexpr int64_t kAlongRow = 32;  // threads

ScheduledKernel add_pieces(const MatmulProblem& problem, int pieces, const Target& target) {
  const DType dtype = problem.accumulator;
  ScheduledKernel kernel{.context = std::make_shared<Context>()};
  Builder b(*kernel.context, "add_pieces", target.name);
  b.threads(kThreads);
  SizeBinder sizes(b);
  std::vector<Expr> shape;
  for (const SizeExpr& extent : problem.batch) shape.push_back(sizes.argument(extent, "batch"));
  const Expr rows = sizes.argument(problem.m, "m"), columns = sizes.argument(problem.n, "n");
  shape.insert(shape.end(), {rows, columns});
  std::vector<Expr> all = shape;
  all.insert(all.begin(), b.index(pieces));
  Buffer parts = b.argument("pieces", Scope::constant, dtype, all);
  b.site(SiteKind::store, "C", dtype, shape);
  const int64_t run = vector_run(problem.n, {&dtype, 1}), height = kThreads / kAlongRow;
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

}  // namespace

void append_add_pieces(KernelSequence& sequence, const MatmulProblem& problem, int pieces,
                       const Target& target) {
  Workspace workspace{.name = "pieces", .dtype = problem.accumulator, .producer = 0};
  workspace.shape = problem.batch;
  workspace.shape.insert(workspace.shape.begin(), SizeExpr(pieces));
  workspace.shape.insert(workspace.shape.end(), {problem.m, problem.n});
  sequence.workspaces.push_back(workspace);
  sequence.kernels.push_back(add_pieces(problem, pieces, target));
}

CudaWork add_pieces_work(double batch, double m, double n, int pieces, const Target& target) {
  constexpr double kElement = 4;  // bytes
  constexpr double kHeight = kThreads / kAlongRow, kWidth = 128;
  CudaWork work;
  work.blocks = batch * std::ceil(m / kHeight) * std::ceil(n / kWidth);
  work.threads = kThreads;
  work.loaded_bytes = kHeight * kWidth * kElement * pieces;
  work.stored_bytes = kHeight * kWidth * kElement;
  const double result = batch * m * n * kElement;
  const bool in_cache = result * pieces < static_cast<double>(target.cuda.l2_bytes);
  work.memory_bytes = result * (in_cache ? 1 : 1 + pieces);
  return work;
}

}  // namespace hidet
