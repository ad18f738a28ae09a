#include "schedule/matmul_mma.h"

#include <cmath>

#include "mapping/matrix_layout.h"
#include "schedule/add_pieces.h"
#include "schedule/product_tiles.h"
#include "target/mma_atom.h"

namespace hidet {

namespace {

// Of a block, on the architecture that has the least; CUDA keeps 1 KiB.
constexpr int64_t kSharedBytes = 99 << 10;
// What sizes are known to be multiples of, at most: the widest copy of the narrowest element.
constexpr int64_t kDivisor = 8;
// Where k is split: elements of the largest tile, and the step that is too short for it.
constexpr int kSmallTile = 64 * 64, kShortStep = 16;

std::string atom_of(DType operand) {
  return operand == DType::f32 ? "m16n8k8_tf32" : hidet::format("m16n8k16_{}", name_of(operand));
}

}  // namespace

std::string MmaParams::to_string() const {
  std::string text = hidet::format("tile {} x {} x {}, warps {} x {}, stages {}", rows, columns, k,
                                   warps_m, warps_n, stages);
  if (split > 1) text += hidet::format(", split {}", split);
  return text;
}

int64_t MmaParams::shared_bytes(int64_t element_bytes) const {
  // Rows of f32 are padded, by 8 elements at most; either axis may lie side by side.
  const int64_t pad = element_bytes == 4 ? 8 : 0;
  const auto most = [&](int64_t a, int64_t b) { return std::max(a * (b + pad), b * (a + pad)); };
  return stages * (most(rows, k) + most(k, columns)) * element_bytes;
}

std::vector<MmaParams> mma_space(DType operand) {
  // Tiles with the warps that share them; warps do from 16 x 32 to 64 x 64.
  constexpr int tiles[][4] = {{16, 128, 1, 4}, {32, 64, 2, 2},  {32, 128, 1, 4},  {64, 64, 2, 2},
                              {64, 128, 2, 2}, {128, 64, 2, 2}, {128, 128, 2, 2}, {128, 128, 2, 4},
                              {64, 256, 1, 4}, {256, 64, 4, 1}, {128, 256, 2, 4}, {256, 128, 4, 2}};
  const int64_t bytes = bytes_of(operand);
  std::vector<MmaParams> space;
  for (const auto& [rows, columns, warps_m, warps_n] : tiles)
    for (const int k : {16, 32, 64})
      for (const int stages : {2, 3, 4})
        for (const int split : {1, 2, 4, 8, 16}) {
          const MmaParams params{rows, columns, warps_m, warps_n, k, stages, split};
          const bool small = rows * columns <= kSmallTile && k > kShortStep;
          if (params.shared_bytes(bytes) <= kSharedBytes && (small || split == 1))
            space.push_back(params);
        }
  return space;
}

namespace {

double number(const SizeExpr& size, double otherwise) {
  return static_cast<double>(size.as_constant().value_or(static_cast<int64_t>(otherwise)));
}

// What a block does in a step.
CudaWork step_work(const MmaParams& p, DType operand, const Target& target) {
  constexpr int kOtherRegisters = 64, kMostRegisters = 255;
  constexpr double kElement = 4;  // bytes of a result
  const double bytes = bytes_of(operand);
  CudaWork work;
  work.threads = p.threads();
  work.registers = std::min(kMostRegisters, p.rows * p.columns / p.threads() + kOtherRegisters);
  work.shared_bytes = p.shared_bytes(bytes_of(operand));
  work.stages = p.stages;
  work.flops = 2.0 * p.rows * p.columns * p.k;
  work.flops_a_clock =
      operand == DType::f32 ? target.cuda.tf32_product_rate : target.cuda.f16_product_rate;
  const double fragments =
      (static_cast<double>(p.rows) * p.warps_n + static_cast<double>(p.columns) * p.warps_m) * p.k;
  const double copied = static_cast<double>(p.rows + p.columns) * p.k;
  work.shared_passes = (fragments + copied) * bytes / 128;
  work.loaded_bytes = copied * bytes;
  work.stored_bytes = p.rows * p.columns * kElement;
  return work;
}

double predicted_seconds(const MmaParams& p, double m, double n, double k, double batch,
                         DType operand, const Target& target) {
  CudaWork work = step_work(p, operand, target);
  work.blocks = std::ceil(m / p.rows) * std::ceil(n / p.columns) * batch * p.split;
  work.steps = std::ceil(std::ceil(k / p.split) / p.k);
  const double result = batch * m * n * bytes_of(DType::f32) * p.split;
  const bool stays_in_cache = p.split > 1 && result < static_cast<double>(target.cuda.l2_bytes);
  work.memory_bytes = batch * (m + n) * k * bytes_of(operand) + (stays_in_cache ? 0 : result);
  const double seconds = cuda_time(work, target).seconds;
  if (p.split == 1) return seconds;
  return seconds + cuda_time(add_pieces_work(batch, m, n, p.split, target), target).seconds;
}

class MmaKernel : public ProductTiles {
 public:
  MmaKernel(const MatmulProblem& problem, const MmaParams& params, const Target& target)
      : ProductTiles(
            problem,
            {params.rows, params.columns, params.k, params.split, params.threads(), kDivisor},
            target),
        params_(params) {}

 private:
  // Stages of a matrix; where it is transposed, its columns lie side by side.
  Buffer stages(const char* name, int64_t rows, int64_t columns, bool transposed,
                bool terms_inner) {
    if (transposed) std::swap(rows, columns);
    const DType dtype = problem_.a;
    const std::vector<Expr> extents = {b_.index(params_.stages), b_.index(rows), b_.index(columns)};
    return b_.shared(name, dtype, extents, matrix_layout(extents, bytes_of(dtype), terms_inner));
  }

  void tile(Expr row, Expr column) override {
    const int64_t rows = params_.rows, columns = params_.columns, step = params_.k;
    const bool a_transposed = problem_.a_transposed, b_transposed = problem_.b_transposed;
    const std::string atom = atom_of(problem_.a);
    const Mapping warps = b_.spatial({params_.warps_m, params_.warps_n});
    const Mapping atoms = b_.repeat({rows / params_.warps_m / 16, columns / params_.warps_n / 8});
    const Mapping fragment = b_.repeat({2, 1}) * b_.spatial({8, 4}) * b_.repeat({1, 2});
    const Mapping of_sums = warps * atoms * fragment;
    Buffer a = stages("a", rows, step, a_transposed, !a_transposed);
    Buffer b = stages("b", step, columns, b_transposed, b_transposed);
    Buffer sums = b_.registers("sums", DType::f32, of_sums);
    b_.fill(sums, b_.constant(DType::f32, 0));
    const auto [start, steps] = terms();
    const auto produce = [&, first = start](Expr t, Expr which) {
      const Slice terms{first + t * step, b_.index(step)};
      b_.copy_async(stage(a, which),
                    transposed_if(a_transposed, part("A", {row, b_.index(rows)}, terms, true)));
      b_.copy_async(stage(b, which),
                    transposed_if(b_transposed, part("B", terms, {column, b_.index(columns)},
                                                     problem_.b_has_batch)));
    };
    b_.pipeline(params_.stages, steps, produce, [&](Expr, Expr which) {
      b_.mma(b_.whole(sums), transposed_if(a_transposed, stage(a, which)),
             transposed_if(b_transposed, stage(b, which)), atom);
    });
    store(sums, of_sums, row, column);
  }

  const MmaParams params_;
};

}  // namespace

double mma_seconds(const MatmulProblem& problem, const MmaParams& params, const Target& target) {
  constexpr double kUnknown = 512, kUnknownBatch = 1;
  double batch = 1;
  for (const SizeExpr& extent : problem.batch) batch *= number(extent, kUnknownBatch);
  return predicted_seconds(params, number(problem.m, kUnknown), number(problem.n, kUnknown),
                           number(problem.k, kUnknown), batch, problem.a, target);
}

MmaParams pick_mma_params(const MatmulProblem& problem, const Target& target) {
  MmaParams best;
  double least = INFINITY;
  for (const MmaParams& p : mma_space(problem.a)) {
    const double time = mma_seconds(problem, p, target) * (p.split > 1 ? kSplitPays : 1);
    if (time < least) least = time, best = p;
  }
  return best;
}

Result<KernelSequence> matmul_mma(const MatmulProblem& problem, const MmaParams& params,
                                  const Target& target) {
  HIDET_DECLINE_UNLESS(problem.a == problem.b, "a product of {} and {}: operands of one type only",
                       name_of(problem.a), name_of(problem.b));
  HIDET_DECLINE_UNLESS(problem.a != DType::f32 || problem.allow_tf32,
                       "a product of f32 that may not be rounded to tf32");
  const std::optional<MmaAtom> atom = find_mma_atom(atom_of(problem.a));
  HIDET_DECLINE_UNLESS(atom && atom->is_on(target.name), "{} has no instruction for {}",
                       target.name, name_of(problem.a));
  HIDET_DECLINE_UNLESS(problem.result == DType::f32, "sums of {}", name_of(problem.result));
  KernelSequence sequence{.template_name = "matmul_mma", .params = params.to_string()};
  sequence.kernels.push_back(MmaKernel(problem, params, target).build());
  sequence.kernels[0].work = step_work(params, problem.a, target);
  if (params.split > 1) append_add_pieces(sequence, problem, params.split, target);
  return sequence;
}

}  // namespace hidet
