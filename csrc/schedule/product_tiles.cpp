#include "schedule/product_tiles.h"

namespace hidet {

ProductTiles::ProductTiles(const MatmulProblem& problem, const Sizes& sizes, const Target& target)
    : problem_(problem),
      tile_sizes_(sizes),
      kernel_{.context = std::make_shared<Context>()},
      b_(*kernel_.context, "matmul", target.name),
      sizes_(b_) {
  b_.threads(sizes.threads);
}

ScheduledKernel ProductTiles::build() {
  const auto& [rows, columns, step, split, threads, divisor] = tile_sizes_;
  for (const SizeExpr& extent : problem_.batch) batch_.push_back(sizes_.argument(extent, "batch"));
  m_ = sizes_.argument(problem_.m, "m", divisor);
  n_ = sizes_.argument(problem_.n, "n", divisor);
  k_ = sizes_.argument(problem_.k, "k", divisor);
  b_.site(SiteKind::read, "A", problem_.a, shape({m_, k_}, true));
  b_.site(SiteKind::read, "B", problem_.b, shape({k_, n_}, problem_.b_has_batch));
  std::vector<Expr> grid = batch_;
  std::vector<std::string> names(batch_.size(), "g");
  if (split > 1) {
    std::vector<Expr> pieces = shape({m_, n_}, true);
    pieces.insert(pieces.begin(), b_.index(split));
    pieces_ = b_.argument("pieces", Scope::global, problem_.accumulator, pieces);
    kernel_.workspaces = {0};
    grid.push_back(b_.index(split));
    names.push_back("piece");
  } else {
    b_.site(SiteKind::store, "C", problem_.result, shape({m_, n_}, true));
  }
  grid.insert(grid.end(), {(m_ + (rows - 1)) / rows, (n_ + (columns - 1)) / columns});
  names.insert(names.end(), {"y", "x"});
  b_.tasks(names, WorkerScope::block, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
    g_.assign(task.begin(), task.begin() + static_cast<std::ptrdiff_t>(batch_.size()));
    if (pieces_) piece_ = task[batch_.size()];
    tile(task[task.size() - 2] * tile_sizes_.rows, task.back() * tile_sizes_.columns);
  });
  kernel_.program = b_.finish();
  kernel_.sizes = sizes_.arguments();
  kernel_.steps = ceil_div(problem_.k, SizeExpr(split * step));
  kernel_.multiply_adds = product(problem_.batch) * problem_.m * problem_.n * problem_.k;
  return std::move(kernel_);
}

std::vector<Expr> ProductTiles::shape(std::initializer_list<Expr> rest, bool has_batch) const {
  std::vector<Expr> result = has_batch ? batch_ : std::vector<Expr>();
  result.insert(result.end(), rest);
  return result;
}

ProductTiles::Terms ProductTiles::terms() {
  const int64_t step = tile_sizes_.step, all = tile_sizes_.split * step;
  if (!pieces_) return {b_.index(0), (k_ + (step - 1)) / step};
  const Expr each = b_.let("each", (k_ + (all - 1)) / all * step);
  const Expr start = b_.let("start", piece_ * each);
  const Expr left = b_.context().call(
      Function::max, {b_.index(0), b_.context().call(Function::min, {each, k_ - start})});
  return {start, b_.let("steps", (left + (step - 1)) / step)};
}

Tile ProductTiles::part(const char* site, Slice row, Slice column, bool has_batch) const {
  Tile tile{.site = site};
  if (has_batch)
    for (const Expr g : g_) tile.slices.push_back({g, Expr()});
  tile.slices.insert(tile.slices.end(), {row, column});
  return tile;
}

Tile ProductTiles::stage(Buffer buffer, Expr which) const {
  Tile tile{.buffer = buffer};
  tile.slices = {{which, Expr()}, {b_.index(0), buffer->shape[1]}, {b_.index(0), buffer->shape[2]}};
  return tile;
}

Tile ProductTiles::transposed_if(bool transposed, Tile tile) {
  tile.transposed = transposed;
  return tile;
}

void ProductTiles::store(Buffer sums, const Mapping& mapping, Expr row, Expr column) {
  if (!pieces_) {
    const Slice rows{row, b_.index(tile_sizes_.rows)},
        columns{column, b_.index(tile_sizes_.columns)};
    b_.copy(part("C", rows, columns, true), b_.whole(sums));
    return;
  }
  b_.tasks({"i", "j"}, WorkerScope::thread, mapping,
           [&](const std::vector<Expr>& at) {
             std::vector<Expr> index = g_;
             index.insert(index.begin(), piece_);
             index.insert(index.end(), {row + at[0], column + at[1]});
             b_.store(pieces_, index, b_.load(sums, at, "sum"));
           },
           {m_ - row, n_ - column});
}

}  // namespace hidet
