// Attention on the scalar units of CUDA, as attention_blocks has it for a CPU.
//
// A block has 32 queries of one g and walks the keys 32 at a time; a row's maximum and sum are kept
// up to date as keys come in (online softmax), so the matrix of scores is never in memory. Eight
// threads share a row. A query that may see no key gets zeros.
#pragma once

#include "schedule/attention_blocks.h"

namespace hidet {

// Sites as of attention_blocks. Declines head sizes past 256 or that are no multiple of 8.
Result<KernelSequence> attention_simt(const AttentionProblem& problem, const Target& target);

// Who has which scores, outputs and rows of a step, and where its operands lie in shared memory:
// [rows, depth], [keys, depth], [keys, value depth], and the weights [rows, keys].
struct AttentionSimtTiles {
  Mapping scores, outputs, rows;
  Layout<Expr> q, k, v, p;
};
AttentionSimtTiles attention_simt_tiles(Context& context, int64_t depth, int64_t value_depth);

}  // namespace hidet
