// Attention on the tensor cores of CUDA, as attention_blocks has it for a CPU.
//
// In the manner of FlashAttention-2: a block has 64 queries of one g, a warp 16 of them, and walks
// the keys; keys and values of the next step are on their way while one is computed. Scores and
// weights stay in registers, where they are the operands of the second product as they are.
#pragma once

#include "schedule/attention_blocks.h"

namespace hidet {

// Sites as of attention_blocks; scores and sums are f32. Declines other operands than f16 and bf16,
// and head sizes that are no multiples of 16 up to 256. A query that may see no key gets zeros.
Result<KernelSequence> attention_mma(const AttentionProblem& problem, const Target& target);

}  // namespace hidet
