// What stands behind the instructions of the emulated CUDA prelude. Each function is called on a
// thread of a kernel; what breaks a rule ends the launch.
#pragma once

#include "prelude/emulated_instructions.h"

namespace hidet {

const EmulatedInstructions& emulated_instructions();

// matrix_instructions.cpp
void emulate_product(int32_t type, float* d, const uint32_t* a, const uint32_t* b,
                     const void* site);
void emulate_load_matrices(int32_t count, int32_t transpose, uint32_t* registers,
                           const void* shared, const void* site);
int32_t emulate_elect_one(const void* site);
void emulate_set_registers(int32_t count, const void* site);

// copy_instructions.cpp
void emulate_copy(int32_t size, void* shared, const void* global, int32_t bytes, const void* site);
void emulate_commit_copies();
void emulate_wait_copies(int32_t leaving, const void* site);

// barrier_instructions.cpp
void emulate_init_barrier(uint64_t* barrier, int32_t arrivals, const void* site);
void emulate_fence_barriers();
void emulate_arrive(uint64_t* barrier, const void* site);
void emulate_arrive_and_expect(uint64_t* barrier, int32_t bytes, const void* site);
int32_t emulate_is_over(uint64_t* barrier, int32_t parity, const void* site);
void emulate_wait_barrier(uint64_t* barrier, int32_t parity, const void* site);
void emulate_load_box(int32_t rank, void* shared, const void* map, const int32_t* coordinates,
                      uint64_t* barrier, const void* site);
void emulate_fence_async_proxy();

// group_product_instructions.cpp
void emulate_group_product(int32_t columns, int32_t flags, float* d, uint64_t a, uint64_t b,
                           const void* site);
void emulate_fence_products(const void* site);
void emulate_commit_products(const void* site);
void emulate_wait_products(int32_t leaving, const void* site);

}  // namespace hidet
