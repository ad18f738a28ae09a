#include "schedule/matmul_simt.h"

#include "schedule/add_pieces.h"
#include "schedule/matmul_simt_cost.h"
#include "schedule/product_tiles.h"

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

class SimtKernel : public ProductTiles {
 public:
  SimtKernel(const MatmulProblem& problem, const SimtParams& params, const Target& target)
      : ProductTiles(problem,
                     {params.rows(), params.columns(), params.k, params.split, params.threads(), 1},
                     target),
        params_(params),
        a_(simt_operand(b_.context(), params.rows(), params, !problem.a_transposed,
                        problem.accumulator)),
        right_(simt_operand(b_.context(), params.columns(), params, problem.b_transposed,
                            problem.accumulator)) {}

 private:
  void tile(Expr row, Expr column) override {
    const int64_t rows = params_.rows(), columns = params_.columns(), step = params_.k;
    const DType dtype = problem_.accumulator;
    const Expr two = b_.index(2);
    const auto [start, steps] = terms();
    Buffer a = b_.shared("a", dtype, {two, b_.index(rows), b_.index(step)}, a_.layout);
    Buffer b = b_.shared("b", dtype, {two, b_.index(columns), b_.index(step)}, right_.layout);
    Buffer next_a = b_.registers("next_a", dtype, a_.mapping);
    Buffer next_b = b_.registers("next_b", dtype, right_.mapping);
    const Mapping of_sums = simt_accumulators(b_.context(), params_);
    Buffer sums = b_.registers("sums", dtype, of_sums);
    const auto of_a = [&, first = start](Expr q) {
      return part("A", {row, b_.index(rows)}, {first + q, b_.index(step)}, true);
    };
    const auto of_b = [&, first = start](Expr q) {
      return transposed_if(true, part("B", {first + q, b_.index(step)}, {column, b_.index(columns)},
                                      problem_.b_has_batch));
    };
    b_.fill(sums, b_.constant(dtype, 0));
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
      b_.mma(b_.whole(sums), stage(a, part), transposed_if(true, stage(b, part)));
    });
    store(sums, of_sums, row, column);
  }

  const SimtParams params_;
  const SimtOperand a_, right_;
};

}  // namespace

Result<KernelSequence> matmul_simt(const MatmulProblem& problem, const SimtParams& params,
                                   const Target& target) {
  HIDET_DECLINE_UNLESS(is_floating(problem.a) && is_floating(problem.b),
                       "a product of {} and {}: only floating types are multiplied here",
                       name_of(problem.a), name_of(problem.b));
  KernelSequence sequence{.template_name = "matmul_simt", .params = params.to_string()};
  ScheduledKernel kernel = SimtKernel(problem, params, target).build();
  kernel.work = simt_step(params, bytes_of(problem.a));
  const size_t k_at = kernel.sizes.size() - 1;
  kernel.vector_axes = {{k_at - 1, kRun}, {k_at, kRun}};
  sequence.kernels.push_back(std::move(kernel));
  if (params.split > 1) append_add_pieces(sequence, problem, params.split, target);
  return sequence;
}

}  // namespace hidet
