// Matrix product on the tensor cores of CUDA: C[g, i, j] = sum over q of A[g, i, q] * B[g, q, j].
//
// A block computes a tile of C. Steps over k come through several stages of shared memory by
// asynchronous copies; warps load fragments from there and multiply by mma.sync, summing in f32. An
// operand lies in shared memory the way that it lies in the source, so that copies take 16 bytes
// along either axis; rows are swizzled, so that no load has bank conflicts. Tiles at the edges read
// zero and store what exists, so no size is padded.
#pragma once

#include "schedule/matmul_packed.h"

namespace hidet {

// A block of warps_m x warps_n warps does rows x columns elements of C.
struct MmaParams {
  int rows = 128, columns = 128;
  int warps_m = 2, warps_n = 2;
  int k = 32;  // of a step
  int stages = 3;
  int split = 1;  // of k, by as many blocks; a second kernel adds their sums
  int threads() const { return warps_m * warps_n * 32; }
  // Shared memory, for operands of so many bytes.
  int64_t shared_bytes(int64_t element_bytes) const;
  std::string to_string() const;
};

// The schedule space for operands of a dtype (f16, bf16, or f32 by tf32): tiles that need at most
// half of the registers for sums, and whose stages fit the shared memory of every architecture;
// small tiles with k split too, for small results. It does not depend on the problem's sizes.
std::vector<MmaParams> mma_space(DType operand);

// The time that the cost model expects; a size that is not known counts as 512.
double mma_seconds(const MatmulProblem& problem, const MmaParams& params, const Target& target);
// The point of the space with the least predicted time: waves of blocks over the multiprocessors.
MmaParams pick_mma_params(const MatmulProblem& problem, const Target& target);

// Sites as of matmul_packed; one kernel, or two where k is split, and nothing is packed. Declines
// operands that no instruction takes; f32 where problem.allow_tf32 does not let it be rounded to
// tf32.
Result<KernelSequence> matmul_mma(const MatmulProblem& problem, const MmaParams& params,
                                  const Target& target);

}  // namespace hidet
