// cuda_cost: how long a CUDA kernel is expected to take, and what bounds it.
//
// Blocks come in waves: as many at once as registers, shared memory and threads allow. In a wave, a
// step of the main loop takes as long as the busiest unit of a multiprocessor needs for the blocks
// on it, but at least what a load takes that is waited for. The kernel takes as long as its waves,
// and at least what the device memory and the second level cache need for its bytes.
#pragma once

#include <string_view>

#include "base/size_expr.h"
#include "target/target.h"

namespace hidet {

// A kernel, as far as its time depends on it. Any template can describe its own in these words.
struct CudaWork {
  double blocks = 1;
  int threads = 128;         // of a block
  int registers = 32;        // of a thread; an estimate before the kernel is compiled
  int64_t shared_bytes = 0;  // of a block, static and dynamic

  // The main loop of a block. `stages`: operands on their way at once, that of the step included;
  // 1: every step waits for its own.
  double steps = 1;
  int stages = 1;
  double flops = 0;              // of a block and step; two for a multiplication with addition
  double flops_a_clock = 0;      // of a multiprocessor, for this kind of product; 0: those of f32
  double shared_passes = 0;      // of a block and step: 128 bytes each, conflicts included
  double issued = 0;             // of a block and step: instructions of warps beside the products
  double loaded_bytes = 0;       // of a block and step, from the second level cache
  double stored_bytes = 0;       // of a block, behind its main loop
  double special_functions = 0;  // of a block and step: exponentials and the like

  double memory_bytes = 0;  // of the kernel, from and to device memory
};

struct CudaTime {
  double seconds = 0;  // the launch included
  double waves = 0;
  int blocks_at_once = 0;  // on a multiprocessor; 0: not even one fits
  // What bounds it: "products", "shared memory", "issue", "cache", "memory", "latency".
  std::string_view limit;
};

// Infinite where not even one block fits.
CudaTime cuda_time(const CudaWork& work, const Target& target);

// A size for the model: with its symbols at their hints, `otherwise` for a symbol without one.
double hinted(const SizeExpr& size, const std::vector<int64_t>& hints, int64_t otherwise);

}  // namespace hidet
