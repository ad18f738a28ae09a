#include "schedule/attention_simt.h"

#include <algorithm>
#include <limits>

#include "schedule/attention_strips.h"

namespace hidet {

namespace {

constexpr int64_t kRows = 32, kKeys = 32;  // of a step
constexpr int64_t kGroups = 16, kLanes = 8;
constexpr int64_t kThreads = kGroups * kLanes;
constexpr int64_t kLargestHead = 256;

DType sum_type(const AttentionProblem& problem) {
  return problem.dtype == DType::f64 ? DType::f64 : DType::f32;
}

// For the cost model: two products, and an exponential for each score.
CudaWork step_work(const AttentionProblem& p) {
  const auto depths = static_cast<double>(p.depth + p.value_depth);
  const double element = bytes_of(p.dtype), wide = bytes_of(sum_type(p));
  CudaWork work;
  work.threads = kThreads;
  work.registers = static_cast<int>(std::min<int64_t>(255, 64 + kRows * p.value_depth / kThreads));
  work.shared_bytes = static_cast<int64_t>(wide * (static_cast<double>(kRows * (p.depth + 1)) +
                                                   static_cast<double>(kKeys) * (depths + 5) +
                                                   kRows * (kKeys + 1)));
  work.flops = 2.0 * kRows * kKeys * depths;
  work.special_functions = kRows * kKeys;
  // A scalar read of shared memory for two products.
  work.shared_passes = work.flops / 2 / kWarpThreads / 2;
  work.issued = work.flops / 2 / kWarpThreads * 1.5;
  work.loaded_bytes = kKeys * depths * element;
  work.stored_bytes = static_cast<double>(kRows * p.value_depth) * element;
  return work;
}

class AttentionSimtKernel : public AttentionStrips {
 public:
  AttentionSimtKernel(const AttentionProblem& problem, const Target& target)
      : AttentionStrips(problem, sum_type(problem), {kRows, kKeys, kThreads}, target) {}

 private:
  Buffer shared(const char* name, const Layout<Expr>& layout) {
    return b_.shared(name, sum_type_, layout.shape(), layout);
  }
  // Queries first, first + 1, ...
  void strip(Expr first) override {
    const AttentionSimtTiles tiles = attention_simt_tiles(b_.context(), p_.depth, p_.value_depth);
    const Mapping &by_scores = tiles.scores, &by_outputs = tiles.outputs, &by_rows = tiles.rows;
    const Expr nothing = real(-std::numeric_limits<double>::infinity());
    Buffer q = shared("q", tiles.q), k = shared("k", tiles.k);
    Buffer v = shared("v", tiles.v), p = shared("p", tiles.p);
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
};

}  // namespace

AttentionSimtTiles attention_simt_tiles(Context& context, int64_t depth, int64_t value_depth) {
  const auto extents = [&](std::vector<int64_t> list) {
    std::vector<Expr> result;
    for (const int64_t extent : list) result.push_back(context.index(extent));
    return result;
  };
  const auto rows_padded = [&](int64_t rows, int64_t columns, int64_t pad) {
    return padded<Expr>(extents({rows, columns}), pad);
  };
  const int64_t repeats = kRows / kGroups, keys = kKeys / kLanes;
  // Values of a row side by side in fours, where they come out even: vectors.
  const int64_t run = value_depth % (4 * kLanes) == 0 ? 4 : value_depth / kLanes;
  const Mapping threads = spatial<Expr>(extents({kGroups, kLanes}));
  AttentionSimtTiles tiles;
  tiles.scores = repeat<Expr>(extents({repeats, 1})) * threads * repeat<Expr>(extents({1, keys}));
  tiles.outputs = repeat<Expr>(extents({repeats, value_depth / (run * kLanes)})) * threads *
                  repeat<Expr>(extents({1, run}));
  tiles.rows = repeat<Expr>(extents({repeats})) * spatial<Expr>(extents({kGroups})) *
               replicate<Expr>(context.index(kLanes));
  tiles.q = rows_padded(kRows, depth, 1);
  tiles.k = rows_padded(kKeys, depth, 1);
  tiles.v = rows_padded(kKeys, value_depth, 4);
  tiles.p = rows_padded(kRows, kKeys, 1);
  return tiles;
}

Result<KernelSequence> attention_simt(const AttentionProblem& problem, const Target& target) {
  HIDET_DECLINE_UNLESS(is_floating(problem.dtype), "attention of {}", name_of(problem.dtype));
  HIDET_DECLINE_UNLESS(problem.depth % kLanes == 0 && problem.value_depth % kLanes == 0 &&
                           problem.depth <= kLargestHead && problem.value_depth <= kLargestHead,
                       "head sizes {} and {}: multiples of {} up to {} are taken", problem.depth,
                       problem.value_depth, kLanes, kLargestHead);
  KernelSequence sequence{.template_name = "attention_simt",
                          .params = hidet::format("queries {}, keys {}", kRows, kKeys),
                          .reason =
                              "the one tile of this template: on tensor cores there is no "
                              "instruction for these operands"};
  sequence.kernels.push_back(AttentionSimtKernel(problem, target).build());
  sequence.kernels[0].work = step_work(problem);
  return sequence;
}

}  // namespace hidet
