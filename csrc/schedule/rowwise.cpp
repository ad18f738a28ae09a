#include "schedule/rowwise.h"

#include "ir/reduction.h"
#include "schedule/size_binder.h"

namespace hidet {

void declare_rowwise_sites(Builder& b, const RowwiseProblem& problem, const std::vector<Expr>& rows,
                           Expr n) {
  std::vector<Expr> full = rows;
  full.push_back(n);
  int kept = 0, value = 0;
  for (const RowPhase& phase : problem.phases) {
    for (DType d : phase.kept) b.site(SiteKind::rowwise, hidet::format("kept_{}", kept++), d, full);
    for (const RowReduction& r : phase.reductions)
      b.site(SiteKind::rowwise, hidet::format("value_{}", value++), r.dtype, full);
  }
  for (size_t q = 0; q < problem.outputs.size(); q++) {
    b.site(SiteKind::rowwise, hidet::format("result_{}", q), problem.outputs[q], full);
    b.site(SiteKind::store, hidet::format("out_{}", q), problem.outputs[q], full);
  }
  for (size_t q = 0; q < problem.row_outputs.size(); q++) {
    b.site(SiteKind::rowwise, hidet::format("row_result_{}", q), problem.row_outputs[q], rows);
    b.site(SiteKind::store, hidet::format("row_out_{}", q), problem.row_outputs[q], rows);
  }
}

namespace {

// Accumulators side by side, so that one chain of additions does not wait for its latency.
constexpr int64_t kVectorsInFlight = 2;

class RowwiseKernel {
 public:
  RowwiseKernel(const RowwiseProblem& problem, const Target& target)
      : p_(problem),
        lanes_(target.lanes(widest())),
        kernel_{.context = std::make_shared<Context>()},
        b_(*kernel_.context, "rowwise", target.name),
        sizes_(b_) {}

  ScheduledKernel build() {
    std::vector<Expr> extents;
    for (const SizeExpr& extent : p_.rows) extents.push_back(sizes_.argument(extent, "rows"));
    if (extents.empty()) extents.push_back(b_.index(1));
    n_ = sizes_.lower(p_.n);
    declare_rowwise_sites(b_, p_, p_.rows.empty() ? std::vector<Expr>() : extents, n_);
    std::vector<std::string> names(extents.size(), "row");
    b_.tasks(names, WorkerScope::core, spatial<Expr>(extents), [&](const std::vector<Expr>& task) {
      row_ = p_.rows.empty() ? std::vector<Expr>() : task;
      int first_kept = 0, first_value = 0;
      for (const RowPhase& phase : p_.phases) {
        pass(phase, first_kept, first_value);
        first_kept += static_cast<int>(phase.kept.size());
        first_value += static_cast<int>(phase.reductions.size());
      }
      store_rows();
    });
    kernel_.program = b_.finish();
    kernel_.sizes = sizes_.arguments();
    kernel_.task_cost = p_.n.as_constant().value_or(1024) *
                        static_cast<int64_t>(p_.phases.size() + p_.outputs.size());
    return std::move(kernel_);
  }

 private:
  // One number of lanes serves the whole kernel: that of the widest type computed with.
  DType widest() const {
    DType result = DType::f32;
    auto note = [&](DType dtype) {
      if (bytes_of(dtype) > bytes_of(result)) result = dtype;
    };
    for (const RowPhase& phase : p_.phases)
      for (const RowReduction& r : phase.reductions) note(r.dtype);
    for (DType dtype : p_.outputs) note(dtype);
    return result;
  }

  std::vector<Expr> at(Expr j) const {
    std::vector<Expr> index = row_;
    index.push_back(j);
    return index;
  }
  std::vector<Expr> with(std::vector<Expr> index, const std::vector<Expr>& known) const {
    index.insert(index.end(), results_.begin(), results_.end());
    index.insert(index.end(), known.begin(), known.end());
    return index;
  }
  std::vector<Expr> load_kept(Expr j, size_t count) {
    std::vector<Expr> values;
    for (size_t q = 0; q < count; q++) values.push_back(b_.load(kept_[q], {j}, "kept"));
    return values;
  }

  // The row in pieces: several vectors at once, single vectors, single elements. `body` gets the
  // position in the row and, for vectors, the position in the accumulators (null for elements).
  void over_row(const std::function<void(Expr j, Expr t)>& body) {
    const int64_t wide = kVectorsInFlight * lanes_;
    b_.loop("block", n_ / wide, [&](Expr block) {
      b_.tasks({"t"}, WorkerScope::lane, b_.repeat({kVectorsInFlight}) * b_.spatial({lanes_}),
               [&](const std::vector<Expr>& t) { body(block * wide + t[0], t[0]); });
    });
    Expr vectors = n_ / wide * wide;
    b_.loop("block", (n_ - vectors) / lanes_, [&](Expr block) {
      b_.tasks({"t"}, WorkerScope::lane, b_.spatial({lanes_}),
               [&](const std::vector<Expr>& t) { body(vectors + block * lanes_ + t[0], t[0]); });
    });
    Expr elements = n_ / lanes_ * lanes_;
    b_.loop("j", n_ - elements, [&](Expr j) { body(elements + j, Expr()); });
  }

  void pass(const RowPhase& phase, int first_kept, int first_value) {
    const size_t kept_before = kept_.size();
    for (DType dtype : phase.kept) kept_.push_back(b_.local("kept", dtype, {n_}));
    Mapping lanes = b_.repeat({kVectorsInFlight}) * b_.spatial({lanes_});
    std::vector<Buffer> sums, rest;
    for (const RowReduction& r : phase.reductions) {
      Expr identity = reduction_identity(b_.context(), r.kind, r.dtype);
      sums.push_back(b_.registers("sums", r.dtype, lanes));
      b_.fill(sums.back(), identity);
      rest.push_back(b_.scalars("rest", r.dtype, {b_.index(1)}));
      b_.store(rest.back(), {b_.index(0)}, identity);
    }
    over_row([&](Expr j, Expr t) {
      std::vector<Expr> known = load_kept(j, kept_before);
      for (size_t q = 0; q < phase.kept.size(); q++) {
        Expr value =
            b_.let("keep", b_.read(hidet::format("kept_{}", first_kept + q), with(at(j), known)));
        b_.store(kept_[kept_before + q], {j}, value);
        known.push_back(value);
      }
      for (size_t r = 0; r < phase.reductions.size(); r++) {
        Expr value = b_.read(hidet::format("value_{}", first_value + r), with(at(j), known));
        Buffer sum = t ? sums[r] : rest[r];
        Expr where = t ? t : b_.index(0);
        Expr before = b_.load(sum, {where}, "sum");
        b_.store(sum, {where}, reduction_step(phase.reductions[r].kind, before, value));
      }
    });
    std::vector<Expr> results;
    for (size_t r = 0; r < phase.reductions.size(); r++) {
      const RowReduction& reduction = phase.reductions[r];
      Buffer total = b_.scalars("total", reduction.dtype, {b_.index(1)});
      Tile point{.buffer = total, .slices = {{b_.index(0), Expr()}}};
      b_.reduce(point, b_.whole(sums[r]), reduction.kind, 0);
      Expr sum = b_.load(total, {b_.index(0)}, "total");
      Expr tail = b_.load(rest[r], {b_.index(0)}, "rest");
      results.push_back(b_.let("reduced", reduction_step(reduction.kind, sum, tail)));
    }
    results_.insert(results_.end(), results.begin(), results.end());
  }

  void store_rows() {
    if (!p_.outputs.empty())
      over_row([&](Expr j, Expr) {
        std::vector<Expr> known = load_kept(j, kept_.size());
        for (size_t q = 0; q < p_.outputs.size(); q++)
          b_.store_site(hidet::format("out_{}", q), at(j),
                        b_.read(hidet::format("result_{}", q), with(at(j), known)));
      });
    for (size_t q = 0; q < p_.row_outputs.size(); q++)
      b_.store_site(hidet::format("row_out_{}", q), row_,
                    b_.read(hidet::format("row_result_{}", q), with(row_, {})));
  }

  const RowwiseProblem& p_;
  const int64_t lanes_;
  ScheduledKernel kernel_;
  Builder b_;
  SizeBinder sizes_;
  Expr n_;
  std::vector<Expr> row_, results_;
  std::vector<Buffer> kept_;
};

}  // namespace

Result<KernelSequence> rowwise(const RowwiseProblem& problem, const Target& target) {
  KernelSequence sequence{.template_name = "rowwise",
                          .params = hidet::format("passes {}", problem.phases.size()),
                          .reason =
                              "a pass over the row for each reduction that needs the one "
                              "before, the row in the cache meanwhile"};
  sequence.kernels.push_back(RowwiseKernel(problem, target).build());
  return sequence;
}

}  // namespace hidet
