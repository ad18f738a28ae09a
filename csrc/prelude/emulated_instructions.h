// EmulatedInstructions: the functions of the emulator behind those of the CUDA prelude in C++.
#pragma once

#include "prelude/emulator_interface.h"

namespace hidet {

// Pointers are the kernel's; `site` is the address in the kernel that calls. Numbers of products:
// 0 bf16, 1 f16, 2 tf32.
HIDET_DECLARE_AND_PRINT(
    kEmulatedInstructionsText,

    struct EmulatedInstructions {
      uint32_t (*shared_address)(const void* shared, const void* site);

      void (*product)(int32_t type, float* d, const uint32_t* a, const uint32_t* b,
                      const void* site);
      void (*load_matrices)(int32_t count, int32_t transpose, uint32_t* registers,
                            const void* shared, const void* site);

      // `size` bytes of shared memory; those from `bytes` on become zero.
      void (*copy)(int32_t size, void* shared, const void* global, int32_t bytes, const void* site);
      void (*commit_copies)();
      void (*wait_copies)(int32_t leaving, const void* site);

      void (*init_barrier)(uint64_t* barrier, int32_t arrivals, const void* site);
      void (*fence_barriers)();
      void (*arrive)(uint64_t* barrier, const void* site);
      void (*arrive_and_expect)(uint64_t* barrier, int32_t bytes, const void* site);
      int32_t (*is_over)(uint64_t* barrier, int32_t parity, const void* site);
      void (*wait_barrier)(uint64_t* barrier, int32_t parity, const void* site);

      void (*load_box)(int32_t rank, void* shared, const void* map, const int32_t* coordinates,
                       uint64_t* barrier, const void* site);
      void (*fence_async_proxy)();

      // flags: 1 f16 (else bf16), 2 transpose a, 4 transpose b, 8 keep the sums.
      void (*group_product)(int32_t columns, int32_t flags, float* d, uint64_t a, uint64_t b,
                            const void* site);
      void (*fence_products)(const void* site);
      void (*commit_products)(const void* site);
      void (*wait_products)(int32_t leaving, const void* site);

      int32_t (*elect_one)(const void* site);
      void (*set_registers)(int32_t count, const void* site);
    };)

}  // namespace hidet
