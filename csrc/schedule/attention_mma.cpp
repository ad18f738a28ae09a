#include "schedule/attention_mma.h"

#include <limits>

#include "mapping/matrix_layout.h"
#include "schedule/attention_strips.h"
#include "target/mma_atom.h"

namespace hidet {

namespace {

constexpr int64_t kWarps = 4, kRows = 16 * kWarps;
constexpr int64_t kUnit = 16, kLargestHead = 256;
// Keys of a step: fewer where heads are large, for the sake of registers and shared memory.
constexpr int64_t kKeys = 64, kKeysOfLargeHeads = 32, kLargeHead = 128;
constexpr DType kSum = DType::f32;

// For the cost model: two products, and an exponential for each score.
CudaWork step_work(const AttentionProblem& p, int64_t keys, const Target& target) {
  const auto depths = static_cast<double>(p.depth + p.value_depth);
  const auto scores = static_cast<double>(kRows * keys);
  CudaWork work;
  work.threads = kWarps * 32;
  work.stages = 2;
  work.flops = 2 * scores * depths;
  work.flops_a_clock = target.cuda.f16_product_rate;
  work.special_functions = scores;
  work.loaded_bytes = static_cast<double>(keys) * depths * bytes_of(p.dtype);
  work.stored_bytes = static_cast<double>(kRows * p.value_depth) * bytes_of(p.dtype);
  return work;
}

class AttentionMmaKernel : public AttentionStrips {
 public:
  AttentionMmaKernel(const AttentionProblem& problem, int64_t keys, const Target& target)
      : AttentionStrips(problem, kSum, {kRows, keys, kWarps * 32}, target), step_(keys) {}

 private:
  Expr nothing() { return real(-std::numeric_limits<double>::infinity()); }
  Buffer shared(const char* name, int64_t stages, int64_t rows, int64_t columns) {
    const std::vector<Expr> extents = {b_.index(stages), b_.index(rows), b_.index(columns)};
    return b_.shared(name, p_.dtype, extents, matrix_layout(extents, bytes_of(p_.dtype), true));
  }
  Tile stage(Buffer buffer, Expr which) const {
    Tile tile = b_.whole(buffer);
    tile.slices[0] = {which, Expr()};
    return tile;
  }
  // Columns first, first + 1, ... of a register tile.
  Tile columns(Buffer buffer, int64_t first) const {
    Tile tile = b_.whole(buffer);
    tile.slices[1] = {b_.index(first), b_.index(kUnit)};
    return tile;
  }
  // A warp has 16 rows and all columns.
  Mapping tile_of(int64_t columns) const {
    return b_.spatial({kWarps, 1}) * b_.repeat({1, columns / 8}) * b_.repeat({2, 1}) *
           b_.spatial({8, 4}) * b_.repeat({1, 2});
  }
  Mapping rows() const {
    return b_.spatial({kWarps}) * b_.repeat({2}) * b_.spatial({8}) * b_.replicate(4);
  }

  // Queries first, first + 1, ...
  void strip(Expr first) override {
    q_ = shared("q", 1, kRows, p_.depth);
    k_ = shared("k", 2, step_, p_.depth);
    v_ = shared("v", 2, step_, p_.value_depth);
    o_ = b_.registers("o", kSum, tile_of(p_.value_depth));
    top_ = b_.registers("top", kSum, rows());
    sum_ = b_.registers("sum", kSum, rows());
    b_.fill(o_, real(0));
    b_.fill(top_, nothing());
    b_.fill(sum_, real(0));
    b_.copy_async(stage(q_, b_.index(0)), part("Q", first, kRows, p_.depth));
    Expr seen = keys_;
    if (p_.causal) seen = call(Function::min, {keys_, first + kRows});
    const auto produce = [&](Expr step, Expr which) {
      b_.copy_async(stage(k_, which), part("K", step * step_, step_, p_.depth));
      b_.copy_async(stage(v_, which), part("V", step * step_, step_, p_.value_depth));
    };
    b_.pipeline(2, (seen + (step_ - 1)) / step_, produce,
                [&](Expr step, Expr which) { add_keys(first, step * step_, which); });
    each(tile_of(p_.value_depth), [&](const std::vector<Expr>& at) {
      const Expr total = b_.load(sum_, {at[0]}, "total");
      const Expr none = call(Function::eq, {total, real(0)});
      b_.store(o_, at, call(Function::where, {none, real(0), b_.load(o_, at) / total}));
    });
    b_.copy(part("O", first, kRows, p_.value_depth), b_.whole(o_));
  }

  // Keys key, key + 1, ..., which lie in the stage `which`.
  void add_keys(Expr first, Expr key, Expr which) {
    const std::string atom = hidet::format("m16n8k16_{}", name_of(p_.dtype));
    const Mapping scores = tile_of(step_);
    Buffer x = b_.registers("x", kSum, scores);
    b_.fill(x, real(0));
    Tile keys = stage(k_, which);
    keys.transposed = true;
    b_.mma(b_.whole(x), stage(q_, b_.index(0)), keys, atom);
    each(scores, [&](const std::vector<Expr>& at) {
      const Expr i = first + at[0], j = key + at[1];
      std::vector<Expr> index = g_;
      index.insert(index.end(), {i, j});
      const Expr score = b_.map("score", index, b_.load(x, at, "raw"));
      b_.store(x, at, call(Function::where, {i < queries_ && j < keys_, score, nothing()}));
    });
    Buffer base = b_.registers("base", kSum, rows());
    Buffer scale = b_.registers("scale", kSum, rows());
    b_.reduce(b_.whole(base), b_.whole(x), ReduceKind::max, 1);
    each(rows(), [&](const std::vector<Expr>& r) {
      const Expr before = b_.load(top_, r, "before");
      const Expr now = b_.let("now", call(Function::max, {before, b_.load(base, r)}));
      // Where no key has been seen yet, any finite number does for the maximum.
      const Expr none = call(Function::eq, {now, nothing()});
      const Expr finite = b_.let("finite", call(Function::where, {none, real(0), now}));
      b_.store(scale, r, call(Function::exp, {before - finite}));
      b_.store(base, r, finite);
      b_.store(top_, r, now);
    });
    Buffer weights = b_.registers("weights", p_.dtype, scores);
    each(scores, [&](const std::vector<Expr>& at) {
      const Expr weight =
          b_.let("weight", call(Function::exp, {b_.load(x, at) - b_.load(base, {at[0]})}));
      b_.store(x, at, weight);
      b_.store(weights, at, b_.context().cast(p_.dtype, weight));
    });
    each(tile_of(p_.value_depth), [&](const std::vector<Expr>& at) {
      b_.store(o_, at, b_.load(o_, at) * b_.load(scale, {at[0]}));
    });
    b_.reduce(b_.whole(base), b_.whole(x), ReduceKind::sum, 1);
    each(rows(), [&](const std::vector<Expr>& r) {
      b_.store(sum_, r, b_.load(sum_, r) * b_.load(scale, r) + b_.load(base, r));
    });
    for (int64_t at = 0; at < step_; at += kUnit) {
      Tile values = stage(v_, which);
      values.slices[1] = {b_.index(at), b_.index(kUnit)};
      b_.mma(b_.whole(o_), columns(weights, at), values, atom);
    }
  }

  const int64_t step_;
  Buffer q_ = nullptr, k_ = nullptr, v_ = nullptr, o_ = nullptr, top_ = nullptr, sum_ = nullptr;
};

}  // namespace

Result<KernelSequence> attention_mma(const AttentionProblem& problem, const Target& target) {
  HIDET_DECLINE_UNLESS(problem.dtype == DType::f16 || problem.dtype == DType::bf16,
                       "attention of {} by tensor cores", name_of(problem.dtype));
  const int64_t largest = std::max(problem.depth, problem.value_depth);
  HIDET_DECLINE_UNLESS(problem.depth % kUnit == 0 && problem.value_depth % kUnit == 0 &&
                           problem.depth > 0 && problem.value_depth > 0 && largest <= kLargestHead,
                       "head sizes {} and {}: multiples of {} up to {} are taken", problem.depth,
                       problem.value_depth, kUnit, kLargestHead);
  const int64_t keys = largest > kLargeHead ? kKeysOfLargeHeads : kKeys;
  KernelSequence sequence{
      .template_name = "attention_mma",
      .params = hidet::format("queries {}, keys {}", kRows, keys),
      .reason = hidet::format("{} keys a step, {} where a head is larger than {}: two stages fit "
                              "the shared memory of every architecture",
                              kKeys, kKeysOfLargeHeads, kLargeHead)};
  sequence.kernels.push_back(AttentionMmaKernel(problem, keys, target).build());
  sequence.kernels[0].work = step_work(problem, keys, target);
  return sequence;
}

}  // namespace hidet
