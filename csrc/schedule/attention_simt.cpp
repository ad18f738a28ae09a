#include "schedule/attention_simt.h"

#include <limits>

#include "schedule/size_binder.h"

namespace hidet {

namespace {

constexpr int64_t kRows = 32, kKeys = 32;  // of a step
constexpr int64_t kGroups = 16, kLanes = 8;
constexpr int64_t kThreads = kGroups * kLanes;
constexpr int64_t kLargestHead = 256;

class AttentionSimtKernel {
 public:
  AttentionSimtKernel(const AttentionProblem& problem, const Target& target)
      : p_(problem),
        sum_type_(problem.dtype == DType::f64 ? DType::f64 : DType::f32),
        kernel_{.context = std::make_shared<Context>()},
        b_(*kernel_.context, "attention", target.name),
        sizes_(b_) {
    b_.threads(kThreads);
  }

  ScheduledKernel build() {
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
    std::vector<Expr> grid = batch;
    grid.push_back((queries_ + (kRows - 1)) / kRows);
    std::vector<std::string> names(batch.size(), "g");
    names.push_back("strip");
    b_.tasks(names, WorkerScope::block, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
      g_.assign(task.begin(), task.end() - 1);
      strip(task.back() * kRows);
    });
    kernel_.program = b_.finish();
    kernel_.sizes = sizes_.arguments();
    const SizeExpr pairs = product(p_.batch) * p_.queries * p_.keys;
    kernel_.multiply_adds = (p_.causal ? ceil_div(pairs, 2) : pairs) * (p_.depth + p_.value_depth);
    return std::move(kernel_);
  }

 private:
  Expr call(Function f, std::vector<Expr> args) { return b_.context().call(f, std::move(args)); }
  Expr real(double value) { return b_.constant(sum_type_, value); }
  Tile part(const char* site, Expr start, int64_t rows, int64_t columns) const {
    Tile tile{.site = site};
    for (const Expr g : g_) tile.slices.push_back({g, Expr()});
    tile.slices.insert(tile.slices.end(),
                       {{start, b_.index(rows)}, {b_.index(0), b_.index(columns)}});
    return tile;
  }
  Buffer shared(const char* name, int64_t rows, int64_t columns) {
    const std::vector<Expr> extents = {b_.index(rows), b_.index(columns)};
    return b_.shared(name, sum_type_, extents, padded<Expr>(extents, 1));
  }
  void each(const Mapping& mapping, const Builder::TaskBody& body) {
    std::vector<std::string> names = {"r", "c"};
    names.resize(static_cast<size_t>(mapping.rank()));
    b_.tasks(names, WorkerScope::thread, mapping, body);
  }

  // Queries first, first + 1, ...
  void strip(Expr first) {
    const Mapping by_scores =
        b_.spatial({kGroups, kLanes}) * b_.repeat({kRows / kGroups, kKeys / kLanes});
    const Mapping by_outputs =
        b_.spatial({kGroups, kLanes}) * b_.repeat({kRows / kGroups, p_.value_depth / kLanes});
    const Mapping by_rows =
        b_.spatial({kGroups}) * b_.replicate(kLanes) * b_.repeat({kRows / kGroups});
    const Expr nothing = real(-std::numeric_limits<double>::infinity());
    Buffer q = shared("q", kRows, p_.depth), k = shared("k", kKeys, p_.depth);
    Buffer v = shared("v", kKeys, p_.value_depth), p = shared("p", kRows, kKeys);
    Buffer o = b_.registers("o", sum_type_, by_outputs);
    Buffer top = b_.registers("top", sum_type_, by_rows);
    Buffer sum = b_.registers("sum", sum_type_, by_rows);
    b_.fill(o, real(0));
    b_.fill(top, nothing);
    b_.fill(sum, real(0));
    b_.copy(b_.whole(q), part("Q", first, kRows, p_.depth));
    Expr seen = keys_;
    if (p_.causal) seen = call(Function::min, {keys_, first + kRows});
    b_.loop("step", (seen + (kKeys - 1)) / kKeys, [&](Expr step) {
      const Expr key = step * kKeys;
      b_.copy(b_.whole(k), part("K", key, kKeys, p_.depth));
      b_.copy(b_.whole(v), part("V", key, kKeys, p_.value_depth));
      b_.barrier();
      Buffer x = b_.registers("x", sum_type_, by_scores);
      b_.fill(x, real(0));
      Tile k_transposed = b_.whole(k);
      k_transposed.transposed = true;
      b_.mma(b_.whole(x), b_.whole(q), k_transposed);
      each(by_scores, [&](const std::vector<Expr>& at) {
        const Expr i = first + at[0], j = key + at[1];
        std::vector<Expr> index = g_;
        index.insert(index.end(), {i, j});
        const Expr score = b_.map("score", index, b_.load(x, at, "raw"));
        b_.store(x, at, call(Function::where, {i < queries_ && j < keys_, score, nothing}));
      });
      Buffer next = b_.registers("next", sum_type_, by_rows);
      Buffer scale = b_.registers("scale", sum_type_, by_rows);
      b_.reduce(b_.whole(next), b_.whole(x), ReduceKind::max, 1);
      each(by_rows, [&](const std::vector<Expr>& r) {
        const Expr before = b_.load(top, r, "before");
        const Expr now = b_.let("now", call(Function::max, {before, b_.load(next, r)}));
        // Where no key has been seen yet, any finite number does for the maximum.
        const Expr none = call(Function::eq, {now, nothing});
        const Expr base = b_.let("base", call(Function::where, {none, real(0), now}));
        b_.store(scale, r, call(Function::exp, {before - base}));
        b_.store(next, r, base);
        b_.store(top, r, now);
      });
      each(by_scores, [&](const std::vector<Expr>& at) {
        const Expr weight =
            b_.let("weight", call(Function::exp, {b_.load(x, at) - b_.load(next, {at[0]})}));
        b_.store(x, at, weight);
        b_.store(p, at, weight);
      });
      each(by_outputs, [&](const std::vector<Expr>& at) {
        b_.store(o, at, b_.load(o, at) * b_.load(scale, {at[0]}));
      });
      Buffer weights = b_.registers("weights", sum_type_, by_rows);
      b_.reduce(b_.whole(weights), b_.whole(x), ReduceKind::sum, 1);
      each(by_rows, [&](const std::vector<Expr>& r) {
        b_.store(sum, r, b_.load(sum, r) * b_.load(scale, r) + b_.load(weights, r));
      });
      b_.barrier();
      b_.mma(b_.whole(o), b_.whole(p), b_.whole(v));
      b_.barrier();
    });
    each(by_outputs, [&](const std::vector<Expr>& at) {
      const Expr total = b_.load(sum, {at[0]}, "total");
      const Expr none = call(Function::eq, {total, real(0)});
      b_.store(o, at, call(Function::where, {none, real(0), b_.load(o, at) / total}));
    });
    b_.copy(part("O", first, kRows, p_.value_depth), b_.whole(o));
  }

  const AttentionProblem& p_;
  const DType sum_type_;
  ScheduledKernel kernel_;
  Builder b_;
  SizeBinder sizes_;
  std::vector<Expr> g_;
  Expr queries_, keys_;
};

}  // namespace

Result<KernelSequence> attention_simt(const AttentionProblem& problem, const Target& target) {
  HIDET_DECLINE_UNLESS(is_floating(problem.dtype), "attention of {}", name_of(problem.dtype));
  HIDET_DECLINE_UNLESS(problem.depth % kLanes == 0 && problem.value_depth % kLanes == 0 &&
                           problem.depth <= kLargestHead && problem.value_depth <= kLargestHead,
                       "head sizes {} and {}: multiples of {} up to {} are taken", problem.depth,
                       problem.value_depth, kLanes, kLargestHead);
  KernelSequence sequence{.template_name = "attention_simt",
                          .params = hidet::format("queries {}, keys {}", kRows, kKeys)};
  sequence.kernels.push_back(AttentionSimtKernel(problem, target).build());
  return sequence;
}

}  // namespace hidet
