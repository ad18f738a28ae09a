#include "schedule/reduce_columns.h"

#include "ir/reduction.h"
#include "schedule/size_binder.h"

namespace hidet {

namespace {

constexpr int64_t kPieces = 64;             // of a split reduction
constexpr int64_t kFewResults = 64;         // a split pays below this many results ...
constexpr int64_t kManyElements = 1 << 16;  // ... of at least this many elements each

std::optional<int64_t> product(const std::vector<SizeExpr>& extents) {
  int64_t result = 1;
  for (const SizeExpr& extent : extents) {
    auto value = extent.as_constant();
    if (!value) return std::nullopt;
    result *= *value;
  }
  return result;
}

class ReduceKernel {
 public:
  // pieces > 0: the kernel of the first step, which stores piece c of each result to a workspace
  // [kept..., pieces].
  ReduceKernel(const ReduceProblem& problem, const Target& target, int64_t pieces)
      : p_(problem),
        lanes_(target.lanes(problem.reduction.dtype)),
        pieces_(pieces),
        kernel_{.context = std::make_shared<Context>()},
        b_(*kernel_.context, "reduce", target.name),
        sizes_(b_) {}

  ScheduledKernel build() {
    for (size_t i = 0; i < p_.kept.size(); i++)
      kept_.push_back(i + 1 < p_.kept.size() ? sizes_.argument(p_.kept[i], "rows")
                                             : sizes_.lower(p_.kept[i]));
    for (const SizeExpr& extent : p_.reduced)
      reduced_.push_back(sizes_.argument(extent, "reduced"));
    std::vector<Expr> shape = kept_;
    shape.insert(shape.end(), reduced_.begin(), reduced_.end());
    b_.site(SiteKind::read, "value", p_.reduction.dtype, shape);
    if (pieces_) {
      std::vector<Expr> partial_shape = kept_;
      partial_shape.push_back(b_.index(pieces_));
      partial_ = b_.argument("pieces", Scope::global, p_.reduction.dtype, partial_shape);
      kernel_.workspaces = {0};
    } else {
      b_.site(SiteKind::rowwise, "result", p_.result, kept_);
      b_.site(SiteKind::store, "out", p_.result, kept_);
    }
    const bool columns = p_.lanes_on_kept && !kept_.empty();
    std::vector<Expr> grid = kept_;
    if (columns) grid.back() = (kept_.back() + (lanes_ - 1)) / lanes_;
    grid.push_back(b_.index(pieces_ ? pieces_ : 1));
    std::vector<std::string> names(grid.size(), "row");
    names.back() = "piece";
    b_.tasks(names, WorkerScope::core, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
      piece_ = task.back();
      std::vector<Expr> kept(task.begin(), task.end() - 1);
      if (columns)
        reduce_columns_at(kept);
      else
        reduce_one(kept);
    });
    kernel_.program = b_.finish();
    kernel_.sizes = sizes_.arguments();
    return std::move(kernel_);
  }

 private:
  Expr identity() {
    return reduction_identity(b_.context(), p_.reduction.kind, p_.reduction.dtype);
  }
  Expr step(Expr sum, Expr value) { return reduction_step(p_.reduction.kind, sum, value); }
  Expr value(const std::vector<Expr>& kept, const std::vector<Expr>& reduced) {
    std::vector<Expr> index = kept;
    index.insert(index.end(), reduced.begin(), reduced.end());
    return b_.read("value", index);
  }
  void finish(const std::vector<Expr>& kept, Expr total) {
    if (pieces_) {
      std::vector<Expr> index = kept;
      index.push_back(piece_);
      b_.store(partial_, index, total);
      return;
    }
    std::vector<Expr> index = kept;
    index.push_back(total);
    b_.store_site("out", kept, b_.read("result", index));
  }

  // Loops over the reduced axes but the last `inner`, the piece's share of the outermost one.
  using Body = std::function<void(const std::vector<Expr>&)>;
  void over_reduced(size_t count, const Body& body, std::vector<Expr> index = {}) {
    if (index.size() == count) return body(index);
    Expr extent = reduced_[index.size()], start = b_.index(0);
    if (pieces_ && index.empty()) {
      start = b_.let("start", piece_ * extent / pieces_);
      extent = (piece_ + 1) * extent / pieces_ - start;
    }
    b_.loop("q", extent, [&](Expr q) {
      std::vector<Expr> next = index;
      next.push_back(start + q);
      over_reduced(count, body, next);
    });
  }

  void reduce_columns_at(std::vector<Expr> kept) {
    Expr start = kept.back() * lanes_, n = kept_.back();
    auto at = [&](Expr j) {
      kept.back() = j;
      return kept;
    };
    b_.when(
        start + lanes_ <= n,
        [&] {
          Buffer sums = b_.registers("sums", p_.reduction.dtype, b_.spatial({lanes_}));
          b_.fill(sums, identity());
          auto over_lanes = [&](const std::function<void(Expr)>& body) {
            b_.tasks({"lane"}, WorkerScope::lane, b_.spatial({lanes_}),
                     [&](const std::vector<Expr>& lane) { body(lane[0]); });
          };
          over_reduced(reduced_.size(), [&](const std::vector<Expr>& reduced) {
            over_lanes([&](Expr lane) {
              Expr before = b_.load(sums, {lane}, "sum");
              b_.store(sums, {lane}, step(before, value(at(start + lane), reduced)));
            });
          });
          over_lanes([&](Expr lane) {
            Expr total = b_.load(sums, {lane}, "total");
            finish(at(start + lane), total);
          });
        },
        [&] {
          b_.loop("c", n - start, [&](Expr c) { reduce_scalar(at(start + c), reduced_.size()); });
        });
  }

  void reduce_scalar(const std::vector<Expr>& kept, size_t axes) {
    Buffer sum = b_.scalars("sum", p_.reduction.dtype, {b_.index(1)});
    b_.store(sum, {b_.index(0)}, identity());
    over_reduced(axes, [&](const std::vector<Expr>& reduced) {
      Expr before = b_.load(sum, {b_.index(0)}, "before");
      b_.store(sum, {b_.index(0)}, step(before, value(kept, reduced)));
    });
    finish(kept, b_.load(sum, {b_.index(0)}, "total"));
  }

  // One result, vectors along the last reduced axis.
  void reduce_one(const std::vector<Expr>& kept) {
    const bool split_last = pieces_ && reduced_.size() == 1;
    Buffer sums = b_.registers("sums", p_.reduction.dtype, b_.spatial({lanes_}));
    b_.fill(sums, identity());
    Buffer rest = b_.scalars("rest", p_.reduction.dtype, {b_.index(1)});
    b_.store(rest, {b_.index(0)}, identity());
    auto over_last = [&](const std::vector<Expr>& outer) {
      Expr n = reduced_.back(), start = b_.index(0);
      if (split_last) {
        start = b_.let("start", piece_ * n / pieces_);
        n = b_.let("count", (piece_ + 1) * n / pieces_ - start);
      }
      auto at = [&](Expr j) {
        std::vector<Expr> index = outer;
        index.push_back(start + j);
        return index;
      };
      Expr vectors = n / lanes_;
      b_.loop("v", vectors, [&](Expr v) {
        b_.tasks({"lane"}, WorkerScope::lane, b_.spatial({lanes_}),
                 [&](const std::vector<Expr>& lane) {
                   Expr before = b_.load(sums, {lane[0]}, "sum");
                   b_.store(sums, {lane[0]}, step(before, value(kept, at(v * lanes_ + lane[0]))));
                 });
      });
      b_.loop("r", n - vectors * lanes_, [&](Expr r) {
        Expr before = b_.load(rest, {b_.index(0)}, "before");
        b_.store(rest, {b_.index(0)}, step(before, value(kept, at(vectors * lanes_ + r))));
      });
    };
    if (reduced_.size() == 1)
      over_last({});
    else
      over_reduced(reduced_.size() - 1, over_last);
    Buffer total = b_.scalars("total", p_.reduction.dtype, {b_.index(1)});
    Tile point{.buffer = total, .slices = {{b_.index(0), Expr()}}};
    b_.reduce(point, b_.whole(sums), p_.reduction.kind, 0);
    Expr sum = b_.load(total, {b_.index(0)}, "total");
    Expr tail = b_.load(rest, {b_.index(0)}, "rest");
    finish(kept, b_.let("reduced", step(sum, tail)));
  }

  const ReduceProblem& p_;
  const int64_t lanes_, pieces_;
  ScheduledKernel kernel_;
  Builder b_;
  SizeBinder sizes_;
  std::vector<Expr> kept_, reduced_;
  Expr piece_;
  Buffer partial_ = nullptr;
};

// out[kept] = result(pieces[kept, 0] + pieces[kept, 1] + ...).
ScheduledKernel combine_kernel(const ReduceProblem& p, const Target& target) {
  ScheduledKernel kernel{.context = std::make_shared<Context>()};
  Builder b(*kernel.context, "combine_pieces", target.name);
  SizeBinder sizes(b);
  std::vector<Expr> kept;
  for (const SizeExpr& extent : p.kept) kept.push_back(sizes.argument(extent, "rows"));
  std::vector<Expr> shape = kept;
  shape.push_back(b.index(kPieces));
  Buffer pieces = b.argument("pieces", Scope::constant, p.reduction.dtype, shape);
  b.site(SiteKind::rowwise, "result", p.result, kept);
  b.site(SiteKind::store, "out", p.result, kept);
  std::vector<Expr> grid = kept.empty() ? std::vector<Expr>{b.index(1)} : kept;
  std::vector<std::string> names(grid.size(), "row");
  b.tasks(names, WorkerScope::core, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
    std::vector<Expr> row = kept.empty() ? std::vector<Expr>() : task;
    Buffer sum = b.scalars("sum", p.reduction.dtype, {b.index(1)});
    b.store(sum, {b.index(0)},
            reduction_identity(b.context(), p.reduction.kind, p.reduction.dtype));
    b.loop("piece", b.index(kPieces), [&](Expr piece) {
      std::vector<Expr> at = row;
      at.push_back(piece);
      Expr before = b.load(sum, {b.index(0)}, "before");
      Expr value = b.context().element(pieces, at);
      b.store(sum, {b.index(0)}, reduction_step(p.reduction.kind, before, value));
    });
    std::vector<Expr> known = row;
    known.push_back(b.load(sum, {b.index(0)}, "total"));
    b.store_site("out", row, b.read("result", known));
  });
  kernel.program = b.finish();
  kernel.sizes = sizes.arguments();
  kernel.workspaces = {0};
  kernel.task_cost = kPieces;
  return kernel;
}

}  // namespace

Result<KernelSequence> reduce_columns(const ReduceProblem& problem, const Target& target) {
  KernelSequence sequence{.template_name = "reduce_columns"};
  auto results = product(problem.kept), elements = product(problem.reduced);
  const bool split = results && *results < kFewResults && (!elements || *elements >= kManyElements);
  sequence.params = split ? hidet::format("pieces {}", kPieces) : "whole";
  sequence.reason = hidet::format("{}: split pays below {} results of at least {} elements each",
                                  split ? "few long sums" : "enough results for all threads",
                                  kFewResults, kManyElements);
  sequence.kernels.push_back(ReduceKernel(problem, target, split ? kPieces : 0).build());
  if (split) {
    Workspace pieces{
        .name = "pieces", .dtype = problem.reduction.dtype, .shape = problem.kept, .producer = 0};
    pieces.shape.push_back(SizeExpr(kPieces));
    sequence.workspaces.push_back(pieces);
    sequence.kernels.push_back(combine_kernel(problem, target));
  }
  return sequence;
}

}  // namespace hidet
