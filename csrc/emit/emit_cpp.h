// emit_cpp: a CPU program of Level::target as one C++ function, and the helpers that it needs.
#pragma once

#include <string>
#include <vector>

#include "ir/context.h"
#include "target/target.h"

namespace hidet {

// The function is
//   extern "C" void symbol(void* const* buffers, const int64_t* sizes, int64_t begin, int64_t end,
//                          void* scratch, int32_t* status)
// and does the tasks [begin, end) of the program's parallel loop. The expressions are in terms of
// the program's sizes.
struct EmittedKernel {
  std::string symbol;
  std::string text;             // compiles by itself, without any header
  Expr parallel_extent;         // tasks in all
  Expr scratch_bytes;           // of one thread, aligned to 64 bytes
  std::vector<Buffer> buffers;  // arguments, in order
  std::vector<Var> sizes;       // arguments, in order
};
EmittedKernel emit_cpp(const Program& program, const Target& target, const std::string& symbol);

}  // namespace hidet
