#include "ir/reduction.h"
#include "schedule/block_reduction.h"
#include "schedule/rowwise.h"
#include "schedule/size_binder.h"
#include "schedule/vector_run.h"

namespace hidet {

namespace {

constexpr int64_t kThreads = 256;
constexpr int64_t kWarp = 32;
constexpr int64_t kLongestOfWarp = 1024;  // elements of a row that a warp walks by itself

class RowwiseCudaKernel {
 public:
  RowwiseCudaKernel(const RowwiseProblem& problem, const Target& target)
      : p_(problem),
        run_(vector_run(problem.n, problem.outputs, problem.inputs)),
        columns_(problem.n.as_constant().value_or(INT64_MAX) <= kLongestOfWarp ? kWarp : kThreads),
        rows_(kThreads / columns_),
        kernel_{.context = std::make_shared<Context>()},
        b_(*kernel_.context, "rowwise", target.name),
        sizes_(b_) {
    b_.threads(kThreads);
  }

  ScheduledKernel build() {
    std::vector<Expr> extents;
    for (const SizeExpr& extent : p_.rows) extents.push_back(sizes_.argument(extent, "rows"));
    n_ = sizes_.lower(p_.n);
    declare_rowwise_sites(b_, p_, extents, n_);
    if (extents.empty()) extents.push_back(b_.index(1));
    last_ = extents.back();
    std::vector<Expr> grid = extents;
    grid.back() = (last_ + (rows_ - 1)) / rows_;
    std::vector<std::string> names(grid.size(), "g");
    names.back() = "strip";
    b_.tasks(names, WorkerScope::block, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
      outer_.assign(task.begin(), task.end() - 1);
      first_ = task.back() * rows_;
      int first_kept = 0, first_value = 0;
      for (const RowPhase& phase : p_.phases) {
        reduce(phase, first_kept, first_value);
        first_kept += static_cast<int>(phase.kept.size());
        first_value += static_cast<int>(phase.reductions.size());
        kept_phases_++;
      }
      store();
    });
    kernel_.program = b_.finish();
    kernel_.sizes = sizes_.arguments();
    kernel_.work.threads = kThreads;
    const auto passes = static_cast<int64_t>(p_.phases.size() + (p_.outputs.empty() ? 0 : 1));
    kernel_.steps = SizeExpr(passes) * ceil_div(p_.n, SizeExpr(columns_ * run_));
    // A constant extent is no size.
    if (run_ > 1 && !p_.n.is_constant())
      kernel_.vector_axes.push_back({kernel_.sizes.size() - 1, run_});
    return std::move(kernel_);
  }

  std::string params() const {
    return hidet::format("rows {}, threads a row {}, elements {}", rows_, columns_, run_);
  }
  std::string reason() const {
    return hidet::format("{}; a run of {} is one access of up to 16 bytes",
                         columns_ == kWarp ? "a row is short enough for a warp"
                                           : "a row may be too long for a warp: a block takes it",
                         run_);
  }

 private:
  Mapping threads() const { return b_.spatial({rows_, columns_}); }
  Mapping row_threads() const { return b_.spatial({rows_}) * b_.replicate(columns_); }

  std::vector<Expr> row(Expr i) const {
    if (p_.rows.empty()) return {};
    std::vector<Expr> index = outer_;
    index.push_back(first_ + i);
    return index;
  }
  std::vector<Expr> element(Expr i, Expr j) const {
    std::vector<Expr> index = row(i);
    index.push_back(j);
    return index;
  }
  // The totals so far, for row i of the block.
  std::vector<Expr> totals(Expr i) {
    std::vector<Expr> values;
    for (Buffer total : totals_) values.push_back(b_.load(total, {i}, "total"));
    return values;
  }
  // The values to keep of the first `count` ones: computed again at each place rather than stored.
  std::vector<Expr> kept(const std::vector<Expr>& index, const std::vector<Expr>& totals,
                         int phases, int own) {
    std::vector<Expr> values;
    int q = 0, results = 0;
    for (int p = 0; p < phases + (own > 0 ? 1 : 0); p++) {
      const RowPhase& phase = p_.phases[static_cast<size_t>(p)];
      for (size_t i = 0; i < phase.kept.size(); i++) {
        std::vector<Expr> at = index;
        at.insert(at.end(), totals.begin(), totals.begin() + results);
        at.insert(at.end(), values.begin(), values.end());
        values.push_back(b_.let("keep", b_.read(hidet::format("kept_{}", q++), at)));
      }
      results += static_cast<int>(phase.reductions.size());
    }
    return values;
  }

  // Elements of row i, by the threads of the row, runs of neighbours a row's width apart.
  void over_row(const std::function<void(Expr i, Expr lane, Expr j)>& body) {
    b_.tasks({"i", "lane"}, WorkerScope::thread, threads(),
             [&](const std::vector<Expr>& at) {
               const int64_t width = columns_ * run_;
               b_.loop("step", (n_ + (width - 1)) / width, [&](Expr step) {
                 const auto element = [&](Expr q) {
                   const Expr j = step * width + at[1] * run_ + q;
                   b_.when(j < n_, [&] { body(at[0], at[1], j); });
                 };
                 if (run_ == 1) {
                   element(b_.index(0));
                 } else {
                   b_.unrolled("q", run_, element);
                 }
               });
             },
             {last_ - first_, b_.index(columns_)});
  }

  void reduce(const RowPhase& phase, int first_kept, int first_value) {
    (void)first_kept;
    std::vector<Buffer> parts;
    for (const RowReduction& r : phase.reductions) {
      parts.push_back(b_.registers("parts", r.dtype, threads()));
      b_.fill(parts.back(), reduction_identity(b_.context(), r.kind, r.dtype));
    }
    over_row([&](Expr i, Expr lane, Expr j) {
      const std::vector<Expr> known = totals(i);
      const std::vector<Expr> values =
          kept(element(i, j), known, kept_phases_, static_cast<int>(phase.kept.size()));
      for (size_t r = 0; r < phase.reductions.size(); r++) {
        std::vector<Expr> at = element(i, j);
        at.insert(at.end(), known.begin(), known.end());
        at.insert(at.end(), values.begin(), values.end());
        const Expr value = b_.read(hidet::format("value_{}", first_value + r), at);
        const Expr before = b_.load(parts[r], {i, lane}, "part");
        b_.store(parts[r], {i, lane}, reduction_step(phase.reductions[r].kind, before, value));
      }
    });
    for (size_t r = 0; r < phase.reductions.size(); r++)
      totals_.push_back(block_reduction(b_, parts[r], rows_, columns_, phase.reductions[r].kind));
  }

  void store() {
    if (!p_.outputs.empty())
      over_row([&](Expr i, Expr, Expr j) {
        std::vector<Expr> at = element(i, j);
        const std::vector<Expr> known = totals(i), values = kept(at, known, kept_phases_, 0);
        at.insert(at.end(), known.begin(), known.end());
        at.insert(at.end(), values.begin(), values.end());
        for (size_t q = 0; q < p_.outputs.size(); q++)
          b_.store_site(hidet::format("out_{}", q), element(i, j),
                        b_.read(hidet::format("result_{}", q), at));
      });
    if (p_.row_outputs.empty()) return;
    b_.tasks({"i"}, WorkerScope::thread, row_threads(),
             [&](const std::vector<Expr>& i) {
               std::vector<Expr> at = row(i[0]);
               const std::vector<Expr> known = totals(i[0]);
               at.insert(at.end(), known.begin(), known.end());
               for (size_t q = 0; q < p_.row_outputs.size(); q++)
                 b_.store_site(hidet::format("row_out_{}", q), row(i[0]),
                               b_.read(hidet::format("row_result_{}", q), at));
             },
             {last_ - first_});
  }

  const RowwiseProblem& p_;
  const int64_t run_;  // neighbours that a thread takes at once
  const int64_t columns_, rows_;
  ScheduledKernel kernel_;
  Builder b_;
  SizeBinder sizes_;
  Expr n_, last_, first_;
  std::vector<Expr> outer_;
  std::vector<Buffer> totals_;
  int kept_phases_ = 0;
};

}  // namespace

Result<KernelSequence> rowwise_cuda(const RowwiseProblem& problem, const Target& target) {
  RowwiseCudaKernel kernel(problem, target);
  KernelSequence sequence{
      .template_name = "rowwise_cuda", .params = kernel.params(), .reason = kernel.reason()};
  sequence.kernels.push_back(kernel.build());
  return sequence;
}

}  // namespace hidet
