#include "schedule/matmul_simt.h"

#include "schedule/add_pieces.h"
#include "schedule/matmul_simt_cost.h"
#include "schedule/piece_of_k.h"
#include "schedule/size_binder.h"

namespace hidet {

std::string SimtParams::to_string() const {
  std::string text =
      hidet::format("tile {} x {} x {}, warps {} x {}", rows(), columns(), k, warps_m, warps_n);
  if (split > 1) text += hidet::format(", split {}", split);
  return text;
}

namespace {

constexpr int64_t kRun = 4;         // neighbours that a thread copies at once
constexpr int64_t kRunsAlongK = 2;  // side by side: a sector of 32 bytes in f32
constexpr int64_t kVectorBytes = 16;
constexpr int kSmallTile = 64 * 64;  // elements
constexpr int kMostRegisters = 255;  // of a thread, without a spill

// Whether every thread has at least one run of either operand to copy, however it lies.
bool feeds_all_threads(const SimtParams& p) {
  const auto fits = [&](int across) {
    return p.k * across % (p.threads() * kRun) == 0 && across * kRunsAlongK >= p.threads();
  };
  return fits(p.rows()) && fits(p.columns());
}

}  // namespace

const std::vector<SimtParams>& simt_space() {
  static const std::vector<SimtParams> space = [] {
    constexpr std::pair<int, int> kWarps[] = {{1, 1}, {1, 2}, {2, 1}, {2, 2},
                                              {4, 1}, {1, 4}, {4, 2}, {2, 4}};
    constexpr std::pair<int, int> kRepeats[] = {{1, 1}, {1, 2}, {2, 1}, {2, 2}, {4, 1}, {4, 2}};
    std::vector<SimtParams> result;
    for (const auto& [warps_m, warps_n] : kWarps)
      for (const auto& [repeats_m, repeats_n] : kRepeats)
        for (const int k : {8, 16})
          for (const int split : {1, 2, 4, 8, 16, 64}) {
            const SimtParams point{warps_m, warps_n, repeats_m, repeats_n, k, split};
            // Many pieces are for small results, which have small tiles.
            const bool small = point.rows() * point.columns() <= kSmallTile;
            if (feeds_all_threads(point) && simt_registers(point) <= kMostRegisters &&
                (small || split <= 2))
              result.push_back(point);
          }
    return result;
  }();
  return space;
}

SimtOperand simt_operand(Context& context, int64_t across, const SimtParams& params, bool along_k,
                         DType dtype) {
  const auto extents = [&](int64_t of_across, int64_t of_k) {
    return std::vector<Expr>{context.index(of_across), context.index(of_k)};
  };
  const int64_t threads = params.threads(), k = params.k;
  SimtOperand result;
  if (along_k) {
    const int64_t places = threads / kRunsAlongK;
    result.mapping = repeat<Expr>(extents(across / places, k / (kRunsAlongK * kRun))) *
                     spatial<Expr>(extents(places, kRunsAlongK)) * repeat<Expr>(extents(1, kRun));
  } else {
    const int64_t side_by_side = std::min(across / kRun, threads), steps = threads / side_by_side;
    result.mapping = repeat<Expr>(extents(across / (side_by_side * kRun), k / steps)) *
                     spatial<Expr>(extents(side_by_side, steps), {1, 0}) *
                     repeat<Expr>(extents(kRun, 1));
  }
  // Runs along k are written element by element: the padding moves the second run of a sector to
  // the banks that the first one leaves free.
  result.layout = permuted<Expr>({context.index(2), context.index(across), context.index(k)},
                                 {0, 2, 1}, along_k ? kVectorBytes / bytes_of(dtype) : 0);
  return result;
}

Mapping simt_accumulators(Context& context, const SimtParams& p) {
  const auto extents = [&](int64_t m, int64_t n) {
    return std::vector<Expr>{context.index(m), context.index(n)};
  };
  return spatial<Expr>(extents(p.warps_m, p.warps_n)) *
         repeat<Expr>(extents(p.repeats_m, p.repeats_n)) * spatial<Expr>(extents(4, 8)) *
         repeat<Expr>(extents(4, 4));
}

namespace {

class SimtKernel {
 public:
  SimtKernel(const MatmulProblem& problem, const SimtParams& params, const Target& target)
      : p_(problem),
        params_(params),
        kernel_{.context = std::make_shared<Context>()},
        b_(*kernel_.context, "matmul", target.name),
        sizes_(b_),
        a_(simt_operand(b_.context(), params.rows(), params, !p_.a_transposed, p_.accumulator)),
        right_(
            simt_operand(b_.context(), params.columns(), params, p_.b_transposed, p_.accumulator)) {
    b_.threads(params.threads());
  }

  ScheduledKernel build() {
    for (const SizeExpr& extent : p_.batch) batch_.push_back(sizes_.argument(extent, "batch"));
    const Expr m = sizes_.argument(p_.m, "m"), n = sizes_.argument(p_.n, "n");
    k_ = sizes_.argument(p_.k, "k");
    b_.site(SiteKind::read, "A", p_.a, shape({m, k_}, true));
    b_.site(SiteKind::read, "B", p_.b, shape({k_, n}, p_.b_has_batch));
    if (params_.split > 1) {
      std::vector<Expr> pieces = shape({m, n}, true);
      pieces.insert(pieces.begin(), b_.index(params_.split));
      pieces_ = b_.argument("pieces", Scope::global, p_.accumulator, pieces);
      kernel_.workspaces = {0};
    } else {
      b_.site(SiteKind::store, "C", p_.result, shape({m, n}, true));
    }
    const int64_t rows = params_.rows(), columns = params_.columns();
    std::vector<Expr> grid = batch_;
    std::vector<std::string> names(batch_.size(), "g");
    if (params_.split > 1) {
      grid.push_back(b_.index(params_.split));
      names.push_back("piece");
    }
    grid.insert(grid.end(), {(m + (rows - 1)) / rows, (n + (columns - 1)) / columns});
    names.insert(names.end(), {"y", "x"});
    b_.tasks(names, WorkerScope::block, spatial<Expr>(grid), [&](const std::vector<Expr>& task) {
      g_.assign(task.begin(), task.begin() + static_cast<std::ptrdiff_t>(batch_.size()));
      if (params_.split > 1) piece_ = task[batch_.size()];
      tile(task[task.size() - 2] * rows, task.back() * columns, m, n);
    });
    kernel_.program = b_.finish();
    kernel_.sizes = sizes_.arguments();
    const size_t k_at = kernel_.sizes.size() - 1;
    kernel_.vector_axes = {{k_at - 1, kRun}, {k_at, kRun}};
    kernel_.work = simt_step(params_, bytes_of(p_.a));
    kernel_.steps = ceil_div(p_.k, SizeExpr(params_.split * params_.k));
    kernel_.multiply_adds = product(p_.batch) * p_.m * p_.n * p_.k;
    return std::move(kernel_);
  }

 private:
  std::vector<Expr> shape(std::initializer_list<Expr> rest, bool has_batch) const {
    std::vector<Expr> result = has_batch ? batch_ : std::vector<Expr>();
    result.insert(result.end(), rest);
    return result;
  }
  Tile part(const char* site, Slice row, Slice column, bool has_batch) const {
    Tile tile{.site = site};
    if (has_batch)
      for (const Expr g : g_) tile.slices.push_back({g, Expr()});
    tile.slices.insert(tile.slices.end(), {row, column});
    return tile;
  }
  // [rows or columns, k] of one of the two buffers.
  Tile stage(Buffer buffer, Expr which) const {
    Tile tile{.buffer = buffer};
    tile.slices = {
        {which, Expr()}, {b_.index(0), buffer->shape[1]}, {b_.index(0), buffer->shape[2]}};
    return tile;
  }
  static Tile transposed(Tile tile) {
    tile.transposed = true;
    return tile;
  }

  // The tile of C that begins at (row, column).
  void tile(Expr row, Expr column, Expr m, Expr n) {
    const int64_t rows = params_.rows(), columns = params_.columns(), step = params_.k;
    const Expr two = b_.index(2);
    // What this block has of k: from `start` on, `steps` steps.
    Expr start = b_.index(0), steps = (k_ + (step - 1)) / step;
    if (params_.split > 1) {
      const PieceOfK piece = piece_of_k(b_, k_, step, params_.split, piece_);
      start = piece.start, steps = piece.steps;
    }
    Buffer a = b_.shared("a", p_.accumulator, {two, b_.index(rows), b_.index(step)}, a_.layout);
    Buffer b =
        b_.shared("b", p_.accumulator, {two, b_.index(columns), b_.index(step)}, right_.layout);
    Buffer next_a = b_.registers("next_a", p_.accumulator, a_.mapping);
    Buffer next_b = b_.registers("next_b", p_.accumulator, right_.mapping);
    Buffer sums = b_.registers("sums", p_.accumulator, simt_accumulators(b_.context(), params_));
    const auto of_a = [&](Expr q) {
      return part("A", {row, b_.index(rows)}, {start + q, b_.index(step)}, true);
    };
    const auto of_b = [&](Expr q) {
      return transposed(
          part("B", {start + q, b_.index(step)}, {column, b_.index(columns)}, p_.b_has_batch));
    };
    b_.fill(sums, b_.constant(p_.accumulator, 0));
    Builder::RegisterProducer produce;
    produce.fill = [&](Expr t, Expr part) {
      b_.copy(stage(a, part), of_a(t * step), a_.mapping);
      b_.copy(stage(b, part), of_b(t * step), right_.mapping);
    };
    produce.fetch = [&](Expr t) {
      b_.copy(b_.whole(next_a), of_a(t * step));
      b_.copy(b_.whole(next_b), of_b(t * step));
    };
    produce.put = [&](Expr part) {
      b_.copy(stage(a, part), b_.whole(next_a));
      b_.copy(stage(b, part), b_.whole(next_b));
    };
    b_.pipeline(steps, produce, [&](Expr, Expr part) {
      b_.mma(b_.whole(sums), stage(a, part), transposed(stage(b, part)));
    });
    if (params_.split == 1) {
      b_.copy(part("C", {row, b_.index(rows)}, {column, b_.index(columns)}, true), b_.whole(sums));
      return;
    }
    b_.tasks({"i", "j"}, WorkerScope::thread, simt_accumulators(b_.context(), params_),
             [&](const std::vector<Expr>& at) {
               std::vector<Expr> index = g_;
               index.insert(index.begin(), piece_);
               index.insert(index.end(), {row + at[0], column + at[1]});
               b_.store(pieces_, index, b_.load(sums, at, "sum"));
             },
             {m - row, n - column});
  }

  const MatmulProblem& p_;
  const SimtParams params_;
  ScheduledKernel kernel_;
  Builder b_;
  SizeBinder sizes_;
  const SimtOperand a_, right_;
  std::vector<Expr> batch_, g_;
  Expr k_, piece_;
  Buffer pieces_ = nullptr;
};

}  // namespace

Result<KernelSequence> matmul_simt(const MatmulProblem& problem, const SimtParams& params,
                                   const Target& target) {
  HIDET_DECLINE_UNLESS(is_floating(problem.a) && is_floating(problem.b),
                       "a product of {} and {}: only floating types are multiplied here",
                       name_of(problem.a), name_of(problem.b));
  KernelSequence sequence{.template_name = "matmul_simt", .params = params.to_string()};
  sequence.kernels.push_back(SimtKernel(problem, params, target).build());
  if (params.split > 1) append_add_pieces(sequence, problem, params.split, target);
  return sequence;
}

}  // namespace hidet
