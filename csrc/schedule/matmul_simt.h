// Matrix product on the scalar units of CUDA: C[g, i, j] = sum over q of A[g, i, q] * B[g, q, j].
//
// A block computes a tile of C. While a step over k is computed out of shared memory, the operands
// of the next one are on their way through registers: two buffers, one barrier a step (section 4.2
// of the paper). Tiles at the edges read zero and store what exists, so no size is padded. Operands
// are converted to the accumulator's type on their way to shared memory, where both lie with k
// slowest: a thread reads what it needs of a column of A and of a row of B by vectors.
//
// With split > 1, k is cut into pieces whose sums go to a workspace; a second kernel adds them in
// order.
#pragma once

#include "schedule/matmul_packed.h"

namespace hidet {

// A warp does repeats_m * 16 x repeats_n * 32 elements of C, a block warps_m * warps_n of these.
struct SimtParams {
  int warps_m = 4, warps_n = 2;
  int repeats_m = 2, repeats_n = 2;
  int k = 8;  // of a step
  int split = 1;
  int rows() const { return warps_m * repeats_m * 16; }
  int columns() const { return warps_n * repeats_n * 32; }
  int threads() const { return warps_m * warps_n * 32; }
  std::string to_string() const;
  bool operator==(const SimtParams&) const = default;
};

// The schedule space; it does not depend on the problem's sizes. Points that spill registers on an
// architecture are not in it, nor such that leave threads without an operand to copy.
const std::vector<SimtParams>& simt_space();

// Of an operand with `across` rows of A or columns of B: who copies which part of a step [across,
// k], and where it lies in shared memory [stages, across, k].
struct SimtOperand {
  Mapping mapping;
  Layout<Expr> layout;
};
SimtOperand simt_operand(Context& context, int64_t across, const SimtParams& params, bool along_k,
                         DType dtype);
// Who has which elements of the tile of C.
Mapping simt_accumulators(Context& context, const SimtParams& params);

// Sites as of matmul_packed; nothing is packed. One kernel, or two with a workspace of the sums of
// the pieces: then the first one has the sites of A and B, the second one that of C.
Result<KernelSequence> matmul_simt(const MatmulProblem& problem, const SimtParams& params,
                                   const Target& target);

}  // namespace hidet
