// CudaDevice: what a GPU has, of the product that an architecture is tuned for.
#pragma once

#include <cstdint>

namespace hidet {

struct CudaDevice {
  int multiprocessors = 0;
  double clock_hertz = 0;              // that the rates hold at
  double memory_bytes_per_second = 0;  // of the device memory
  int64_t l2_bytes = 0;
  // Of one multiprocessor.
  int max_threads = 0;
  int max_blocks = 0;
  int registers = 0;         // of 32 bits
  int64_t shared_bytes = 0;  // with what the system keeps for itself, of every block
  // Of one block, static and dynamic; above kSharedBytesWithoutRequest a kernel has to ask for it.
  int64_t shared_bytes_of_block = 0;
  // Operations per clock of one multiprocessor, two for a multiplication with addition. Products by
  // matrix instructions, sums in f32 (i32 for i8).
  int f32_rate = 0;
  int f64_rate = 0;
  int f16_product_rate = 0;  // and bf16
  int tf32_product_rate = 0;
  int i8_product_rate = 0;
};

constexpr int64_t kSharedBytesWithoutRequest = 48 << 10;
constexpr int kMaxThreadsOfBlock = 1024;
constexpr int kMaxRegistersOfThread = 255;
constexpr int kWarpThreads = 32;

}  // namespace hidet
