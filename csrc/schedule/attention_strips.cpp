#include "schedule/attention_strips.h"

namespace hidet {

AttentionStrips::AttentionStrips(const AttentionProblem& problem, DType sum_type,
                                 const Sizes& sizes, const Target& target)
    : p_(problem),
      sum_type_(sum_type),
      kernel_{.context = std::make_shared<Context>()},
      b_(*kernel_.context, "attention", target.name),
      strip_sizes_(sizes),
      sizes_(b_) {
  b_.threads(static_cast<int>(sizes.threads));
}

ScheduledKernel AttentionStrips::build() {
  std::vector<Expr> batch;
  for (const SizeExpr& extent : p_.batch) batch.push_back(sizes_.argument(extent, "batch"));
  queries_ = sizes_.argument(p_.queries, "queries");
  keys_ = sizes_.argument(p_.keys, "keys");
  const auto shape = [&](Expr rows, Expr columns) {
    std::vector<Expr> result = batch;
    result.insert(result.end(), {rows, columns});
    return result;
  };
  const Expr depth = b_.index(p_.depth), value_depth = b_.index(p_.value_depth);
  b_.site(SiteKind::read, "Q", p_.dtype, shape(queries_, depth));
  b_.site(SiteKind::read, "K", p_.dtype, shape(keys_, depth));
  b_.site(SiteKind::read, "V", p_.dtype, shape(keys_, value_depth));
  b_.site(SiteKind::map, "score", sum_type_, shape(queries_, keys_));
  b_.site(SiteKind::store, "O", p_.dtype, shape(queries_, value_depth));
  const int64_t rows = strip_sizes_.rows;
  std::vector<Expr> grid = batch;
  grid.push_back((queries_ + (rows - 1)) / rows);
  std::vector<std::string> names(batch.size(), "g");
  names.push_back("strip");
  b_.tasks(names, WorkerScope::block, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
    g_.assign(task.begin(), task.end() - 1);
    strip(task.back() * strip_sizes_.rows);
  });
  kernel_.program = b_.finish();
  kernel_.sizes = sizes_.arguments();
  kernel_.steps = ceil_div(p_.causal ? ceil_div(p_.keys, 2) : p_.keys, SizeExpr(strip_sizes_.keys));
  const SizeExpr pairs = product(p_.batch) * p_.queries * p_.keys;
  kernel_.multiply_adds = (p_.causal ? ceil_div(pairs, 2) : pairs) * (p_.depth + p_.value_depth);
  return std::move(kernel_);
}

Tile AttentionStrips::part(const char* site, Expr start, int64_t rows, int64_t columns) const {
  Tile tile{.site = site};
  for (const Expr g : g_) tile.slices.push_back({g, Expr()});
  tile.slices.insert(tile.slices.end(),
                     {{start, b_.index(rows)}, {b_.index(0), b_.index(columns)}});
  return tile;
}

void AttentionStrips::each(const Mapping& mapping, const Builder::TaskBody& body) {
  std::vector<std::string> names = {"r", "c"};
  names.resize(static_cast<size_t>(mapping.rank()));
  b_.tasks(names, WorkerScope::thread, mapping, body);
}

}  // namespace hidet
