// Kernels that hold a row: reductions over the last axis and what depends on them (softmax, layer
// norm, their gradients, plain sums over the last axis).
//
// A task is a row. The row is passed over once a phase: each pass computes the reductions that need
// only earlier ones, and keeps values that are too dear to compute again. A last pass stores.
#pragma once

#include "schedule/kernel_sequence.h"
#include "target/target.h"

namespace hidet {

struct RowReduction {
  ReduceKind kind;
  DType dtype;  // of the accumulator and of the result
};

struct RowPhase {
  std::vector<DType> kept;
  std::vector<RowReduction> reductions;
};

struct RowwiseProblem {
  std::vector<SizeExpr> rows;
  SizeExpr n;
  std::vector<RowPhase> phases;
  std::vector<DType> outputs;      // one value for each element of a row
  std::vector<DType> row_outputs;  // one value a row
  std::vector<DType> inputs;       // of what is read along a row
};

// Sites, numbered over all phases. known = the results of the reductions of earlier phases, then
// the values kept by then (for "kept_q" and "value_r" of a phase: those of the phase itself, too,
// as far as they are numbered lower).
//   rowwise "kept_q"   [rows..., n]  + known   the value to keep
//   rowwise "value_r"  [rows..., n]  + known   the value to reduce
//   rowwise "result_q" [rows..., n]  + known   the value of output q;  store "out_q" [rows..., n]
//   rowwise "row_result_q" [rows...] + results the value of row output q;  store "row_out_q"
//   [rows...]
Result<KernelSequence> rowwise(const RowwiseProblem& problem, const Target& target);

// The same for CUDA: a warp a row where rows are known to be short, else a block a row. Values to
// keep are computed again wherever they are used.
Result<KernelSequence> rowwise_cuda(const RowwiseProblem& problem, const Target& target);

// The sites above, for rows of these extents and length n.
void declare_rowwise_sites(Builder& b, const RowwiseProblem& problem, const std::vector<Expr>& rows,
                           Expr n);

}  // namespace hidet
