// Matrix product on the scalar units of CUDA: C[g, i, j] = sum over q of A[g, i, q] * B[g, q, j].
//
// A block computes a tile of C. While a step over k is computed out of shared memory, the operands
// of the next one are on their way through registers: two buffers, one barrier a step (section 4.2
// of the paper). Tiles at the edges read zero and store what exists, so no size is padded. Operands
// are converted to the accumulator's type on their way to shared memory.
#pragma once

#include "schedule/matmul_packed.h"

namespace hidet {

// A warp does repeats_m * 16 x repeats_n * 32 elements of C, a block warps_m * warps_n of these.
struct SimtParams {
  int warps_m = 4, warps_n = 2;
  int repeats_m = 2, repeats_n = 2;
  int k = 8;  // of a step
  int rows() const { return warps_m * repeats_m * 16; }
  int columns() const { return warps_n * repeats_n * 32; }
  int threads() const { return warps_m * warps_n * 32; }
  std::string to_string() const;
};

// The schedule space; it does not depend on the problem's sizes.
std::vector<SimtParams> simt_space();

// The point of the space with the least predicted time: waves of blocks over the multiprocessors.
SimtParams pick_simt_params(const MatmulProblem& problem, const Target& target);

// Sites as of matmul_packed; one kernel, nothing is packed.
Result<KernelSequence> matmul_simt(const MatmulProblem& problem, const SimtParams& params,
                                   const Target& target);

}  // namespace hidet
