// block_reduction: values of the threads of a CUDA block brought together.
#pragma once

#include "ir/builder.h"

namespace hidet {

// `parts`: a register tile of [rows, columns] by spatial(rows, columns), all threads of the block;
// columns a power of two. Returns a register tile [rows] by spatial(rows) * replicate(columns):
// each thread gets its row's total. Rows of more than a warp go through shared memory. The order of
// the additions depends on nothing but the shape.
Buffer block_reduction(Builder& b, Buffer parts, int64_t rows, int64_t columns, ReduceKind kind);

}  // namespace hidet
