// Scratch: where the local buffers of a CPU program lie that are too large for the stack.
#pragma once

#include <vector>

#include "ir/context.h"

namespace hidet {

struct ScratchBuffer {
  Buffer buffer;
  Expr offset;  // bytes from the start of one thread's scratch, a multiple of 64
};
struct Scratch {
  std::vector<ScratchBuffer> buffers;
  Expr bytes;  // of one thread; in terms of the program's sizes
};
Scratch place_scratch(const Program& program);

// The number of elements when the shape is constant.
std::optional<int64_t> constant_size(Buffer buffer);

}  // namespace hidet
