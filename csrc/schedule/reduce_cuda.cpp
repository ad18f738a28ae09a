#include "schedule/reduce_cuda.h"

#include "ir/reduction.h"
#include "schedule/block_reduction.h"
#include "schedule/size_binder.h"
#include "schedule/vector_run.h"

namespace hidet {

namespace {

constexpr int64_t kThreads = 256;
constexpr int64_t kLanes = 32;
constexpr int64_t kGroups = kThreads / kLanes;
constexpr int64_t kPieces = 64;             // of a split reduction
constexpr int64_t kAligned = 8;             // elements at whose multiples a piece begins
constexpr int64_t kFewResults = 1024;       // a split pays below this many results ...
constexpr int64_t kManyElements = 1 << 14;  // ... of at least this many elements each

class ReduceCudaKernel {
 public:
  // pieces > 0: the kernel of the first step, which stores piece c of each result to a workspace
  // [kept..., pieces].
  ReduceCudaKernel(const ReduceProblem& problem, const Target& target, int64_t pieces)
      : p_(problem),
        pieces_(pieces),
        run_(vector_run(problem.reduced.back(), {&problem.reduction.dtype, 1})),
        kernel_{.context = std::make_shared<Context>()},
        b_(*kernel_.context, "reduce", target.name),
        sizes_(b_) {
    b_.threads(kThreads);
  }

  ScheduledKernel build() {
    for (const SizeExpr& extent : p_.kept) kept_.push_back(sizes_.argument(extent, "rows"));
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
    if (columns) grid.back() = (kept_.back() + (kLanes - 1)) / kLanes;
    grid.push_back(b_.index(pieces_ ? pieces_ : 1));
    std::vector<std::string> names(grid.size(), "g");
    names.back() = "piece";
    b_.tasks(names, WorkerScope::block, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
      piece_ = task.back();
      const std::vector<Expr> kept(task.begin(), task.end() - 1);
      if (columns) {
        reduce_columns_at(kept);
      } else {
        reduce_one(kept);
      }
    });
    kernel_.program = b_.finish();
    kernel_.sizes = sizes_.arguments();
    kernel_.work.threads = kThreads;
    const int64_t at_once = (columns ? kGroups : kThreads * run_) * std::max<int64_t>(1, pieces_);
    kernel_.steps = ceil_div(product(p_.reduced), SizeExpr(at_once));
    if (run_ > 1 && !columns) kernel_.vector_axes.push_back({kernel_.sizes.size() - 1, run_});
    return std::move(kernel_);
  }

 private:
  Expr identity() {
    return reduction_identity(b_.context(), p_.reduction.kind, p_.reduction.dtype);
  }
  Expr value(const std::vector<Expr>& kept, const std::vector<Expr>& reduced) {
    std::vector<Expr> index = kept;
    index.insert(index.end(), reduced.begin(), reduced.end());
    return b_.read("value", index);
  }
  void finish(const std::vector<Expr>& kept, Expr total) {
    std::vector<Expr> index = kept;
    if (pieces_) {
      index.push_back(piece_);
      b_.store(partial_, index, total);
      return;
    }
    index.push_back(total);
    b_.store_site("out", kept, b_.read("result", index));
  }

  using Body = std::function<void(const std::vector<Expr>&)>;
  // Axis `axis` of the reduced ones: from where on this block has it, and how much of it.
  std::pair<Expr, Expr> share(size_t axis) {
    const Expr extent = reduced_[axis];
    if (!pieces_ || axis != 0) return {b_.index(0), extent};
    const Expr each =
        b_.let("each", (extent + (pieces_ * kAligned - 1)) / (pieces_ * kAligned) * kAligned);
    const Expr start = b_.let("start", b_.context().call(Function::min, {piece_ * each, extent}));
    return {start, b_.let("count", b_.context().call(Function::min, {each, extent - start}))};
  }
  // Every `step`-th place from `first` on.
  void strided(Expr start, Expr count, Expr first, int64_t step, const Builder::IndexBody& body) {
    b_.loop("step", (count + (step - 1)) / step, [&](Expr turn) {
      const Expr place = turn * step + first;
      b_.when(place < count, [&] { body(start + place); });
    });
  }
  // Every `step`-th run of neighbours from the one with number `first` on.
  void strided_runs(Expr start, Expr count, Expr first, int64_t step,
                    const Builder::IndexBody& body) {
    if (run_ == 1) return strided(start, count, first, step, body);
    b_.loop("step", (count + (step * run_ - 1)) / (step * run_), [&](Expr turn) {
      b_.unrolled("q", run_, [&](Expr q) {
        const Expr place = turn * (step * run_) + first * run_ + q;
        b_.when(place < count, [&] { body(start + place); });
      });
    });
  }
  // Loops over the reduced axes that `index` does not have yet, up to `count` of them.
  void over_rest(std::vector<Expr> index, size_t count, const Body& body) {
    if (index.size() == count) return body(index);
    const auto [start, extent] = share(index.size());
    b_.loop("q", extent, [&, start = start](Expr q) {
      std::vector<Expr> next = index;
      next.push_back(start + q);
      over_rest(next, count, body);
    });
  }
  void add(Buffer parts, const std::vector<Expr>& at, const std::vector<Expr>& kept,
           const std::vector<Expr>& reduced) {
    const Expr before = b_.load(parts, at, "part");
    b_.store(parts, at, reduction_step(p_.reduction.kind, before, value(kept, reduced)));
  }

  void reduce_columns_at(std::vector<Expr> kept) {
    const Expr first = kept.back() * kLanes, n = kept_.back();
    const auto column = [&](Expr lane) {
      kept.back() = first + lane;
      return kept;
    };
    const Mapping threads = b_.spatial({kGroups, kLanes});
    const DType dtype = p_.reduction.dtype;
    Buffer parts = b_.registers("parts", dtype, threads);
    b_.fill(parts, identity());
    b_.tasks({"group", "lane"}, WorkerScope::thread, threads,
             [&](const std::vector<Expr>& at) {
               const auto [start, count] = share(0);
               strided(start, count, at[0], kGroups, [&](Expr outermost) {
                 over_rest({outermost}, reduced_.size(), [&](const std::vector<Expr>& reduced) {
                   add(parts, at, column(at[1]), reduced);
                 });
               });
             },
             {b_.index(kGroups), n - first});
    Buffer shared = b_.shared("shared_parts", dtype, {b_.index(kGroups), b_.index(kLanes)});
    b_.copy(b_.whole(shared), b_.whole(parts));
    b_.barrier();
    b_.tasks({"lane"}, WorkerScope::thread, b_.replicate(kGroups) * b_.spatial({kLanes}),
             [&](const std::vector<Expr>& lane) {
               Expr total = b_.load(shared, {b_.index(0), lane[0]}, "part");
               for (int64_t group = 1; group < kGroups; group++)
                 total = reduction_step(p_.reduction.kind, total,
                                        b_.load(shared, {b_.index(group), lane[0]}, "part"));
               finish(column(lane[0]), b_.let("total", total));
             },
             {n - first});
  }

  void reduce_one(const std::vector<Expr>& kept) {
    const Mapping threads = b_.spatial({1, kThreads});
    Buffer parts = b_.registers("parts", p_.reduction.dtype, threads);
    b_.fill(parts, identity());
    b_.tasks({"row", "lane"}, WorkerScope::thread, threads, [&](const std::vector<Expr>& at) {
      over_rest({}, reduced_.size() - 1, [&](const std::vector<Expr>& outer) {
        const auto [start, count] = share(outer.size());
        strided_runs(start, count, at[1], kThreads, [&](Expr last) {
          std::vector<Expr> reduced = outer;
          reduced.push_back(last);
          add(parts, at, kept, reduced);
        });
      });
    });
    Buffer totals = block_reduction(b_, parts, 1, kThreads, p_.reduction.kind);
    b_.tasks({"row"}, WorkerScope::thread, b_.spatial({1}) * b_.replicate(kThreads),
             [&](const std::vector<Expr>& at) { finish(kept, b_.load(totals, at, "total")); });
  }

  const ReduceProblem& p_;
  const int64_t pieces_;
  const int64_t run_;  // neighbours along the last reduced axis that a thread takes at once
  ScheduledKernel kernel_;
  Builder b_;
  SizeBinder sizes_;
  std::vector<Expr> kept_, reduced_;
  Expr piece_;
  Buffer partial_ = nullptr;
};

// out[kept] = result(pieces[kept, 0] + pieces[kept, 1] + ...), a thread each.
ScheduledKernel combine_kernel(const ReduceProblem& p, const Target& target) {
  ScheduledKernel kernel{.context = std::make_shared<Context>()};
  Builder b(*kernel.context, "combine_pieces", target.name);
  b.threads(kThreads);
  SizeBinder sizes(b);
  std::vector<Expr> kept;
  for (const SizeExpr& extent : p.kept) kept.push_back(sizes.argument(extent, "rows"));
  std::vector<Expr> shape = kept;
  shape.push_back(b.index(kPieces));
  Buffer pieces = b.argument("pieces", Scope::constant, p.reduction.dtype, shape);
  b.site(SiteKind::rowwise, "result", p.result, kept);
  b.site(SiteKind::store, "out", p.result, kept);
  std::vector<Expr> domain = kept.empty() ? std::vector<Expr>{b.index(1)} : kept, grid = domain;
  grid.back() = (domain.back() + (kThreads - 1)) / kThreads;
  std::vector<std::string> names(grid.size(), "g");
  b.tasks(names, WorkerScope::block, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
    const Expr first = task.back() * kThreads;
    b.tasks({"i"}, WorkerScope::thread, b.spatial({kThreads}),
            [&](const std::vector<Expr>& i) {
              std::vector<Expr> row = task;
              row.back() = first + i[0];
              if (kept.empty()) row.clear();
              Buffer sum = b.scalars("sum", p.reduction.dtype, {b.index(1)});
              b.store(sum, {b.index(0)},
                      reduction_identity(b.context(), p.reduction.kind, p.reduction.dtype));
              b.loop("piece", b.index(kPieces), [&](Expr piece) {
                std::vector<Expr> at = row;
                at.push_back(piece);
                const Expr before = b.load(sum, {b.index(0)}, "before");
                b.store(sum, {b.index(0)},
                        reduction_step(p.reduction.kind, before, b.context().element(pieces, at)));
              });
              std::vector<Expr> known = row;
              known.push_back(b.load(sum, {b.index(0)}, "total"));
              b.store_site("out", row, b.read("result", known));
            },
            {domain.back() - first});
  });
  kernel.program = b.finish();
  kernel.sizes = sizes.arguments();
  kernel.workspaces = {0};
  kernel.work.threads = kThreads;
  return kernel;
}

}  // namespace

Result<KernelSequence> reduce_cuda(const ReduceProblem& problem, const Target& target) {
  const auto results = product(problem.kept).as_constant();
  const auto elements = product(problem.reduced).as_constant();
  const bool split = results && *results < kFewResults && (!elements || *elements >= kManyElements);
  KernelSequence sequence{
      .template_name = "reduce_cuda",
      .params = split ? hidet::format("pieces {}", kPieces) : "whole",
      .reason = hidet::format("{}: split pays below {} results of at least {} elements each",
                              split ? "few long sums" : "enough results for all blocks",
                              kFewResults, kManyElements)};
  sequence.kernels.push_back(ReduceCudaKernel(problem, target, split ? kPieces : 0).build());
  if (!split) return sequence;
  Workspace pieces{.name = "pieces", .dtype = problem.reduction.dtype, .producer = 0};
  pieces.shape = problem.kept;
  pieces.shape.push_back(SizeExpr(kPieces));
  sequence.workspaces.push_back(pieces);
  sequence.kernels.push_back(combine_kernel(problem, target));
  return sequence;
}

}  // namespace hidet
