#include "schedule/attention_blocks.h"

#include <limits>

#include "schedule/size_binder.h"

namespace hidet {

namespace {

constexpr int64_t kQueryVectors = 2;  // vectors of queries in a block
constexpr int64_t kLineBytes = 64;
constexpr int64_t kDepthSteps = 2;  // of the head size, unrolled

class AttentionKernel {
 public:
  AttentionKernel(const AttentionProblem& problem, const Target& target)
      : p_(problem),
        sum_type_(problem.dtype == DType::f64 ? DType::f64 : DType::f32),
        lanes_(target.lanes(sum_type_)),
        block_(kQueryVectors * lanes_),
        rows_(target.vector_registers >= 32 ? 8 : 4),
        kernel_{.context = std::make_shared<Context>()},
        b_(*kernel_.context, "attention", target.name),
        sizes_(b_) {}

  ScheduledKernel build() {
    std::vector<Expr> batch;
    for (const SizeExpr& extent : p_.batch) batch.push_back(sizes_.argument(extent, "batch"));
    queries_ = sizes_.argument(p_.queries, "queries");
    keys_ = sizes_.argument(p_.keys, "keys");
    auto shape = [&](Expr rows, Expr columns) {
      std::vector<Expr> result = batch;
      result.insert(result.end(), {rows, columns});
      return result;
    };
    Expr depth = b_.index(p_.depth), value_depth = b_.index(p_.value_depth);
    b_.site(SiteKind::read, "Q", p_.dtype, shape(queries_, depth));
    b_.site(SiteKind::read, "K", p_.dtype, shape(keys_, depth));
    b_.site(SiteKind::read, "V", p_.dtype, shape(keys_, value_depth));
    b_.site(SiteKind::map, "score", sum_type_, shape(queries_, keys_));
    b_.site(SiteKind::store, "O", p_.dtype, shape(queries_, value_depth));

    std::vector<Expr> grid = batch;
    grid.push_back((queries_ + (block_ - 1)) / block_);
    std::vector<std::string> names(batch.size(), "g");
    names.push_back("block");
    b_.tasks(names, WorkerScope::core, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
      g_.assign(task.begin(), task.end() - 1);
      Expr block = task.back();
      b_.when(
          b_.index(block_) <= queries_, [&] { query_block(block); },
          [&] { b_.loop("i", queries_, [&](Expr i) { query_row(i); }); });
    });
    kernel_.program = b_.finish();
    kernel_.sizes = sizes_.arguments();
    return std::move(kernel_);
  }

 private:
  Expr call(Function f, std::vector<Expr> args) { return b_.context().call(f, std::move(args)); }
  Expr real(double value) { return b_.constant(sum_type_, value); }
  Expr minimum(Expr a, Expr b) { return call(Function::min, {a, b}); }
  Expr as_sum(Expr value) { return b_.context().cast(sum_type_, value); }
  std::vector<Expr> at(Expr row, Expr column) const {
    std::vector<Expr> index = g_;
    index.insert(index.end(), {row, column});
    return index;
  }
  Tile tile_of(const std::string& site, Slice row, Slice column) const {
    Tile tile{.site = site};
    for (Expr g : g_) tile.slices.push_back({g, Expr()});
    tile.slices.insert(tile.slices.end(), {row, column});
    return tile;
  }
  Mapping vectors(int64_t count) const { return b_.repeat({count}) * b_.spatial({lanes_}); }
  using LaneBody = std::function<void(Expr)>;
  void over_lanes(const Mapping& mapping, const LaneBody& body) {
    b_.tasks({"lane"}, WorkerScope::lane, mapping,
             [&](const std::vector<Expr>& task) { body(task[0]); });
  }
  // [0, extent) in whole vectors and a rest of single elements.
  void over_range(Expr extent, const LaneBody& body) {
    Expr whole = extent / lanes_;
    b_.loop("v", whole, [&](Expr v) {
      over_lanes(b_.spatial({lanes_}), [&](Expr lane) { body(v * lanes_ + lane); });
    });
    b_.loop("r", extent - whole * lanes_, [&](Expr r) { body(whole * lanes_ + r); });
  }

  // The number from which scores are subtracted; 0 for a row that sees no key, whose weights are
  // then exp(-inf) = 0 instead of NaN.
  Expr finite_top(Expr top) {
    Expr nothing = call(Function::eq, {top, real(-std::numeric_limits<double>::infinity())});
    return call(Function::where, {nothing, real(0), top});
  }
  Expr inverse(Expr sum) {
    Expr nothing = call(Function::eq, {sum, real(0)});
    return call(Function::where, {nothing, real(0), call(Function::div, {real(1), sum})});
  }
  Expr weight(Expr score, Expr top) {
    return call(Function::exp_nonpositive, {call(Function::sub, {score, top})});
  }

  void query_block(Expr block) {
    // Blocks overlap at the end instead of having a short one; a row is stored by the first block.
    Expr start = b_.let("start", minimum(block * block_, queries_ - block_));
    Expr seen = p_.causal ? b_.let("seen", minimum(keys_, start + block_)) : keys_;
    Buffer q = b_.local("queries_t", sum_type_, {b_.index(p_.depth), b_.index(block_)});
    Buffer scores = b_.local("scores", sum_type_, {keys_, b_.index(block_)});
    Buffer scale = b_.local("scale", sum_type_, {b_.index(block_)});
    b_.outline("transpose_queries", [&] {
      b_.loop("i", b_.index(block_), [&](Expr i) {
        b_.loop("block", b_.index(p_.depth / lanes_), [&](Expr block) {
          b_.unrolled("step", lanes_, [&](Expr step) {
            Expr d = block * lanes_ + step;
            b_.store(q, {d, i}, as_sum(b_.read("Q", at(start + i, d))));
          });
        });
      });
    });
    Buffer top = b_.local("top", sum_type_, {b_.index(block_)});
    over_lanes(vectors(kQueryVectors), [&](Expr lane) {
      b_.store(top, {lane}, real(-std::numeric_limits<double>::infinity()));
    });
    b_.when(
        b_.index(rows_) <= seen,
        [&] {
          b_.loop("strip", (seen + (rows_ - 1)) / rows_, [&](Expr strip) {
            Expr j = b_.let("j", minimum(strip * rows_, seen - rows_));
            prefetch_rows("K", p_.depth, minimum(j + rows_, seen - rows_));
            prefetch_rows("V", p_.value_depth, j);
            b_.outline("scores", [&] { score_tile(q, scores, top, start, j, rows_); });
          });
        },
        [&] {
          b_.loop("j", seen, [&](Expr j) {
            b_.outline("scores_1", [&] { score_tile(q, scores, top, start, j, 1); });
          });
        });
    b_.outline("softmax", [&] { softmax_block(scores, top, scale, seen); });
    Expr first = b_.let("first", block * block_ - start);  // rows before it belong to another block
    b_.loop("strip", b_.index(block_ / rows_), [&](Expr strip) {
      for (int64_t column = 0; column < p_.value_depth;) {
        int64_t count = std::min<int64_t>(2, (p_.value_depth - column) / lanes_);
        b_.outline("weighted_sum", [&] {
          weighted_sum(scores, scale, start, first, seen, strip * rows_, column, count);
        });
        column += count * lanes_;
      }
    });
  }

  // Rows of K and V are far apart, where no prefetcher of a processor finds them: those of the next
  // strip and those that the weighted sum will need are fetched while this strip is computed.
  void prefetch_rows(const std::string& site, int64_t depth, Expr first) {
    const int64_t line = kLineBytes / bytes_of(p_.dtype);
    b_.unrolled("row", rows_, [&](Expr row) {
      b_.unrolled("line", (depth + line - 1) / line,
                  [&](Expr i) { b_.prefetch(site, at(first + row, i * line)); });
    });
  }

  // scores[j + r, lane] = score(q . k) for `rows` keys and all queries of the block; top follows.
  void score_tile(Buffer q, Buffer scores, Buffer top, Expr start, Expr j, int64_t rows) {
    Mapping tile = b_.repeat({rows, kQueryVectors}) * b_.spatial({1, lanes_});
    Buffer sums = b_.registers("sums", sum_type_, tile);
    b_.fill(sums, real(0));
    static_assert(kDepthSteps <= 4, "lanes are multiples of it, and depths multiples of lanes");
    b_.loop("block", b_.index(p_.depth / kDepthSteps), [&](Expr block) {
      b_.unrolled("step", kDepthSteps, [&](Expr step) {
        Expr d = block * kDepthSteps + step;
        Tile k = tile_of("K", {j, b_.index(rows)}, {d, b_.index(1)});
        Tile row{.buffer = q, .slices = {{d, b_.index(1)}, {b_.index(0), b_.index(block_)}}};
        b_.mma(b_.whole(sums), k, row);
      });
    });
    // A NaN may be missed here: it reaches its row through the weights.
    Buffer tops = b_.registers("tops", sum_type_, vectors(kQueryVectors));
    over_lanes(vectors(kQueryVectors),
               [&](Expr lane) { b_.store(tops, {lane}, b_.load(top, {lane}, "before")); });
    b_.unrolled("r", rows, [&](Expr r) {
      over_lanes(vectors(kQueryVectors), [&](Expr lane) {
        Expr raw = b_.load(sums, {r, lane}, "raw");
        Expr score = b_.let("score", b_.map("score", at(start + lane, j + r), raw));
        b_.store(scores, {j + r, lane}, score);
        Expr before = b_.load(tops, {lane}, "before");
        b_.store(tops, {lane}, call(Function::max_fast, {before, score}));
      });
    });
    over_lanes(vectors(kQueryVectors),
               [&](Expr lane) { b_.store(top, {lane}, b_.load(tops, {lane}, "after")); });
  }

  void softmax_block(Buffer scores, Buffer top, Buffer scale, Expr seen) {
    Buffer sums = b_.registers("sums", sum_type_, vectors(kQueryVectors));
    b_.fill(sums, real(0));
    over_lanes(vectors(kQueryVectors), [&](Expr lane) {
      Expr highest = b_.load(top, {lane}, "highest");
      b_.store(top, {lane}, finite_top(highest));
    });
    b_.loop("j", seen, [&](Expr j) {
      over_lanes(vectors(kQueryVectors), [&](Expr lane) {
        Expr score = b_.load(scores, {j, lane}, "score");
        Expr highest = b_.load(top, {lane}, "highest");
        Expr value = b_.let("weight", weight(score, highest));
        b_.store(scores, {j, lane}, value);
        Expr sum = b_.load(sums, {lane}, "sum");
        b_.store(sums, {lane}, sum + value);
      });
    });
    over_lanes(vectors(kQueryVectors), [&](Expr lane) {
      Expr sum = b_.load(sums, {lane}, "sum");
      b_.store(scale, {lane}, inverse(sum));
    });
  }

  // O[start + row + i, column + ...] for rows_ queries and `count` vectors of columns.
  void weighted_sum(Buffer scores, Buffer scale, Expr start, Expr first, Expr seen, Expr row,
                    int64_t column, int64_t count) {
    Mapping tile = b_.repeat({rows_, count}) * b_.spatial({1, lanes_});
    const int64_t width = count * lanes_;
    Buffer out = b_.local("out", sum_type_, {b_.index(rows_), b_.index(width)});
    b_.outline("product", [&] {
      Buffer sums = b_.registers("sums", sum_type_, tile);
      b_.fill(sums, real(0));
      b_.loop("j", seen, [&](Expr j) {
        Tile weights{.buffer = scores,
                     .slices = {{j, b_.index(1)}, {row, b_.index(rows_)}},
                     .transposed = true};
        Tile v = tile_of("V", {j, b_.index(1)}, {b_.index(column), b_.index(width)});
        b_.mma(b_.whole(sums), weights, v);
      });
      b_.copy(b_.whole(out), b_.whole(sums));
    });
    b_.loop("i", b_.index(rows_), [&](Expr i) {
      b_.when(first <= row + i, [&] {
        Expr factor = b_.load(scale, {row + i}, "factor");
        b_.unrolled("v", count, [&](Expr v) {
          over_lanes(b_.spatial({lanes_}), [&](Expr lane) {
            Expr sum = b_.load(out, {i, v * lanes_ + lane}, "sum");
            b_.store_site("O", at(start + row + i, v * lanes_ + lane + column),
                          b_.context().cast(p_.dtype, sum * factor));
          });
        });
      });
    });
  }

  // One query, keys as lanes: for fewer queries than a block.
  void query_row(Expr i) {
    Expr seen = p_.causal ? b_.let("seen", minimum(keys_, i + 1)) : keys_;
    Buffer scores = b_.local("row_scores", sum_type_, {keys_});
    b_.outline("row_scores", [&] { row_scores(scores, i, seen); });
    Buffer top = b_.scalars("row_top", sum_type_, {b_.index(1)});
    Buffer total = b_.scalars("row_total", sum_type_, {b_.index(1)});
    b_.store(top, {b_.index(0)}, real(-std::numeric_limits<double>::infinity()));
    b_.store(total, {b_.index(0)}, real(0));
    b_.loop("j", seen, [&](Expr j) {
      Expr score = b_.load(scores, {j}, "score");
      Expr before = b_.load(top, {b_.index(0)}, "before");
      b_.store(top, {b_.index(0)}, call(Function::max, {before, score}));
    });
    Expr highest = b_.let("highest", finite_top(b_.load(top, {b_.index(0)}, "top")));
    over_range(seen, [&](Expr j) {
      Expr score = b_.load(scores, {j}, "score");
      b_.store(scores, {j}, weight(score, highest));
    });
    b_.loop("j", seen, [&](Expr j) {
      Expr value = b_.load(scores, {j}, "weight");
      Expr before = b_.load(total, {b_.index(0)}, "before");
      b_.store(total, {b_.index(0)}, before + value);
    });
    Expr factor = b_.let("factor", inverse(b_.load(total, {b_.index(0)}, "total")));
    b_.loop("block", b_.index(p_.value_depth / lanes_), [&](Expr block) {
      Buffer sums = b_.registers("sums", sum_type_, b_.spatial({lanes_}));
      b_.fill(sums, real(0));
      b_.loop("j", seen, [&](Expr j) {
        Expr value = b_.load(scores, {j}, "weight");
        over_lanes(b_.spatial({lanes_}), [&](Expr lane) {
          Expr v = as_sum(b_.read("V", at(j, block * lanes_ + lane)));
          Expr before = b_.load(sums, {lane}, "before");
          b_.store(sums, {lane}, call(Function::fma, {value, v, before}));
        });
      });
      over_lanes(b_.spatial({lanes_}), [&](Expr lane) {
        Expr sum = b_.load(sums, {lane}, "sum");
        b_.store_site("O", at(i, block * lanes_ + lane), b_.context().cast(p_.dtype, sum * factor));
      });
    });
  }

  void row_scores(Buffer scores, Expr i, Expr seen) {
    b_.loop("j", seen, [&](Expr j) {
      Buffer sums = b_.registers("sums", sum_type_, b_.spatial({lanes_}));
      b_.fill(sums, real(0));
      b_.loop("block", b_.index(p_.depth / lanes_), [&](Expr block) {
        over_lanes(b_.spatial({lanes_}), [&](Expr lane) {
          Expr d = block * lanes_ + lane;
          Expr q = as_sum(b_.read("Q", at(i, d))), k = as_sum(b_.read("K", at(j, d)));
          Expr before = b_.load(sums, {lane}, "before");
          b_.store(sums, {lane}, call(Function::fma, {q, k, before}));
        });
      });
      Buffer dot = b_.scalars("dot", sum_type_, {b_.index(1)});
      Tile point{.buffer = dot, .slices = {{b_.index(0), Expr()}}};
      b_.reduce(point, b_.whole(sums), ReduceKind::sum, 0);
      Expr value = b_.load(dot, {b_.index(0)}, "dot");
      b_.store(scores, {j}, value);
    });
    over_range(seen, [&](Expr j) {
      Expr raw = b_.load(scores, {j}, "raw");
      b_.store(scores, {j}, b_.map("score", at(i, j), raw));
    });
  }

  const AttentionProblem& p_;
  const DType sum_type_;
  const int64_t lanes_, block_, rows_;
  ScheduledKernel kernel_;
  Builder b_;
  SizeBinder sizes_;
  std::vector<Expr> g_;
  Expr queries_, keys_;
};

}  // namespace

Result<KernelSequence> attention_blocks(const AttentionProblem& problem, const Target& target) {
  const int lanes = target.lanes(problem.dtype == DType::f64 ? DType::f64 : DType::f32);
  HIDET_DECLINE_UNLESS(is_floating(problem.dtype), "attention of {}", name_of(problem.dtype));
  HIDET_DECLINE_UNLESS(problem.depth % lanes == 0 && problem.value_depth % lanes == 0,
                       "head sizes {} and {} are no multiples of {} lanes", problem.depth,
                       problem.value_depth, lanes);
  KernelSequence sequence{
      .template_name = "attention_blocks",
      .params = hidet::format("queries {}", kQueryVectors * lanes),
      .reason = hidet::format("{} vectors of {} lanes: each element of a key that is read serves "
                              "them all, and their scores stay in registers",
                              kQueryVectors, lanes)};
  sequence.kernels.push_back(AttentionKernel(problem, target).build());
  const SizeExpr pairs = product(problem.batch) * problem.queries * problem.keys;
  sequence.kernels.back().multiply_adds =
      (problem.causal ? ceil_div(pairs, 2) : pairs) * (problem.depth + problem.value_depth);
  return sequence;
}

}  // namespace hidet
