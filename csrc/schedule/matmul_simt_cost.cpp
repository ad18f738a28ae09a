#include "schedule/matmul_simt_cost.h"

#include <cmath>

#include "schedule/add_pieces.h"

namespace hidet {

namespace {

constexpr double kElement = 4;       // bytes of an accumulator
constexpr int kOtherRegisters = 40;  // addresses, counters, conditions
// Instructions of a warp beside products and reads of shared memory, for each element copied.
constexpr double kIssuedPerCopy = 3;
// A read of 16 bytes a thread, of which the threads of a warp share most, takes this many passes.
constexpr double kPassesOfRead = 3;

double ceil_div(double x, double y) {
  return std::ceil(x / y);
}

CudaWork main_work(const MatmulSizes& s, const SimtParams& p, const Target& target, int bytes) {
  CudaWork work = simt_step(p, bytes);
  const double rows = ceil_div(s.m, p.rows()), columns = ceil_div(s.n, p.columns());
  work.blocks = rows * columns * s.batch * p.split;
  work.steps = ceil_div(ceil_div(s.k, p.split), p.k);
  // A row of tiles reads all of B: from memory again where the cache does not hold it.
  const double a = s.batch * s.m * s.k * bytes;
  const double b = (s.b_has_batch ? s.batch : 1) * s.k * s.n * bytes;
  const double c = s.batch * s.m * s.n * kElement * p.split;
  const auto cache = static_cast<double>(target.cuda.l2_bytes);
  const double at_once = std::max(1.0, std::floor(target.cuda.multiprocessors / columns));
  const double passes = b > cache ? ceil_div(rows, at_once) : 1;
  work.memory_bytes = a + b * passes + (c > cache || p.split == 1 ? c : 0);
  return work;
}

}  // namespace

int simt_registers(const SimtParams& p) {
  const int sums = p.repeats_m * p.repeats_n * 16;
  const int fragments = 2 * 4 * (p.repeats_m + p.repeats_n);
  const int next = (p.rows() + p.columns()) * p.k / p.threads();
  return sums + fragments + next + kOtherRegisters;
}

CudaWork simt_step(const SimtParams& p, int bytes) {
  CudaWork work;
  work.threads = p.threads();
  work.registers = simt_registers(p);
  work.shared_bytes = static_cast<int64_t>(2 * p.k * (p.rows() + p.columns() + 8) * kElement);
  work.stages = 2;
  work.flops = 2.0 * p.rows() * p.columns() * p.k;
  const double reads = p.threads() / 32.0 * p.k * (p.repeats_m + p.repeats_n);  // instructions
  const double copied = (p.rows() + p.columns()) * p.k;
  work.shared_passes = reads * kPassesOfRead + copied * kElement / 128;
  work.issued = work.flops / 2 / 32 + reads + kIssuedPerCopy * copied / 32;
  work.loaded_bytes = copied * bytes;
  work.stored_bytes = p.rows() * p.columns() * kElement;
  return work;
}

MatmulSizes hinted(const MatmulProblem& problem, const std::vector<int64_t>& hints) {
  constexpr int64_t kUnknown = 512;
  MatmulSizes sizes{.b_has_batch = problem.b_has_batch};
  for (const SizeExpr& extent : problem.batch) sizes.batch *= hinted(extent, hints, 1);
  sizes.m = hinted(problem.m, hints, kUnknown);
  sizes.n = hinted(problem.n, hints, kUnknown);
  sizes.k = hinted(problem.k, hints, kUnknown);
  return sizes;
}

std::vector<CudaWork> simt_work(const MatmulSizes& sizes, const SimtParams& params,
                                const Target& target, int bytes) {
  std::vector<CudaWork> kernels = {main_work(sizes, params, target, bytes)};
  if (params.split > 1)
    kernels.push_back(add_pieces_work(sizes.batch, sizes.m, sizes.n, params.split, target));
  return kernels;
}

double simt_seconds(const MatmulSizes& sizes, const SimtParams& params, const Target& target,
                    int bytes) {
  double seconds = 0;
  for (const CudaWork& work : simt_work(sizes, params, target, bytes))
    seconds += cuda_time(work, target).seconds;
  return seconds;
}

SimtParams pick_simt_params(const MatmulSizes& sizes, const Target& target, int bytes) {
  SimtParams best;
  double least = INFINITY;
  for (const SimtParams& p : simt_space()) {
    const double seconds = simt_seconds(sizes, p, target, bytes) * (p.split > 1 ? kSplitPays : 1);
    if (seconds < least) least = seconds, best = p;
  }
  return best;
}

}  // namespace hidet
