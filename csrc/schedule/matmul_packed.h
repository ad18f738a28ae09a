// Matrix product on CPU: C[g, i, j] = sum over q of A[g, i, q] * B[g, q, j].
//
// B is packed into panels [g][n / columns][k][columns]; a task is one strip of rows of one panel,
// whose products stay in a register tile over the whole of k. Rows are cut into equal strips of
// heights h and h - 1. The epilogue runs over a copy of the tile, in a function of its own.
#pragma once

#include "schedule/kernel_sequence.h"
#include "target/target.h"

namespace hidet {

struct MatmulProblem {
  DType a = DType::f32;
  DType b = DType::f32;
  DType accumulator = DType::f32;
  DType result = DType::f32;    // of the value handed to site "C"
  std::vector<SizeExpr> batch;  // leading axes of A and C
  bool b_has_batch = false;     // else B[q, j] serves every g
  SizeExpr m, n, k;
  // CUDA: in memory the columns of an operand lie side by side, as of a transposed view.
  bool a_transposed = false, b_transposed = false;
  bool allow_tf32 = false;  // f32 may be rounded to tf32
};

// Register tile: `rows` x (`vectors` SIMD vectors).
struct PackedParams {
  int rows = 8;
  int vectors = 3;
  std::string to_string() const;
};

// The schedule space: tiles whose accumulators, two rows of B (one of them on its way) and one
// broadcast fit the registers.
std::vector<PackedParams> packed_space(const Target& target, DType accumulator);

// The point of the space with the least predicted time for this problem.
PackedParams pick_packed_params(const MatmulProblem& problem, const Target& target);
std::string reason_of(const PackedParams& params, const MatmulProblem& problem,
                      const Target& target);

// Sites: read "A" [batch..., m, k], read "B" [batch..., k, n] (or [k, n]), store "C" [batch..., m,
// n]. Kernel 0 packs B, kernel 1 multiplies.
Result<KernelSequence> matmul_packed(const MatmulProblem& problem, const PackedParams& params,
                                     const Target& target);

}  // namespace hidet
