// Attention on CPU: O[g, i, :] = sum over j of softmax over j of score(Q[g, i] . K[g, j]) * V[g, j,
// :].
//
// A task is a block of queries of one g. Scores lie transposed in the thread's scratch,
// [key][query]: queries are the lanes of a vector, so that the maximum, the exponential and the sum
// of a row take no step across lanes, and a mask that is the same for all queries is a scalar. The
// whole row of scores of a block is held; the matrix of scores never is. Where there are fewer
// queries than a block, each query is a row of its own, with keys as lanes. A query that may see no
// key gets zeros, as PyTorch's kernel gives.
#pragma once

#include "schedule/kernel_sequence.h"
#include "target/target.h"

namespace hidet {

struct AttentionProblem {
  DType dtype = DType::f32;     // of Q, K, V and of the value handed to site "O"
  std::vector<SizeExpr> batch;  // leading axes of all operands, heads included
  SizeExpr queries, keys;
  int64_t depth = 0;        // of Q and K
  int64_t value_depth = 0;  // of V and O
  bool causal = false;      // key j is seen by query i only when j <= i
};

// Sites: read "Q" [batch..., queries, depth], read "K" [batch..., keys, depth],
// read "V" [batch..., keys, value_depth], map "score" [batch..., queries, keys] (scale and masks),
// store "O" [batch..., queries, value_depth].
Result<KernelSequence> attention_blocks(const AttentionProblem& problem, const Target& target);

}  // namespace hidet
