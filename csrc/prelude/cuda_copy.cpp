// Copies between global and shared memory that go on while the thread does.
#include "prelude/cuda_sections.h"

namespace hidet {

const std::vector<CudaSection>& cuda_copy_sections() {
  static const std::vector<CudaSection> sections = {
      {{"hidet_cp_async_"}, R"(
HIDET_INLINE void hidet_cp_async_4(void* shared, const void* global, int bytes) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;"
               :: "r"(hidet_shared_address(shared)), "l"(__cvta_generic_to_global(global)),
                  "r"(bytes) : "memory");
}
HIDET_INLINE void hidet_cp_async_8(void* shared, const void* global, int bytes) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;"
               :: "r"(hidet_shared_address(shared)), "l"(__cvta_generic_to_global(global)),
                  "r"(bytes) : "memory");
}
HIDET_INLINE void hidet_cp_async_16(void* shared, const void* global, int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
               :: "r"(hidet_shared_address(shared)), "l"(__cvta_generic_to_global(global)),
                  "r"(bytes) : "memory");
}
HIDET_INLINE void hidet_cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N> HIDET_INLINE void hidet_cp_async_wait() {
  asm volatile("cp.async.wait_group %0;" :: "n"(N) : "memory");
}
)"},
      {{"hidet_prefetch_l2"}, R"(
HIDET_INLINE void hidet_prefetch_l2(const void* global) {
  asm volatile("prefetch.global.L2 [%0];" :: "l"(__cvta_generic_to_global(global)));
}
)"},
      // The addresses: shared memory, then the map with the coordinates, then the barrier that
      // counts the bytes.
      {{"hidet_tma_", "hidet_tensor_map"}, R"(
struct alignas(64) hidet_tensor_map { uint64_t opaque[16]; };
#define HIDET_TMA_LOAD(rank, coordinates) \
  asm volatile("cp.async.bulk.tensor." rank ".shared::cluster.global.mbarrier::complete_tx::bytes " \
               "[%0], [%1, {" coordinates "}], [%2];" \
               :: "r"(hidet_shared_address(shared)), "l"(map), "r"(hidet_shared_address(barrier)),
HIDET_INLINE void hidet_tma_load_1d(void* shared, const hidet_tensor_map* map, int32_t c0,
                                    uint64_t* barrier) {
  HIDET_TMA_LOAD("1d", "%3") "r"(c0) : "memory");
}
HIDET_INLINE void hidet_tma_load_2d(void* shared, const hidet_tensor_map* map, int32_t c0,
                                    int32_t c1, uint64_t* barrier) {
  HIDET_TMA_LOAD("2d", "%3, %4") "r"(c0), "r"(c1) : "memory");
}
HIDET_INLINE void hidet_tma_load_3d(void* shared, const hidet_tensor_map* map, int32_t c0,
                                    int32_t c1, int32_t c2, uint64_t* barrier) {
  HIDET_TMA_LOAD("3d", "%3, %4, %5") "r"(c0), "r"(c1), "r"(c2) : "memory");
}
HIDET_INLINE void hidet_tma_load_4d(void* shared, const hidet_tensor_map* map, int32_t c0,
                                    int32_t c1, int32_t c2, int32_t c3, uint64_t* barrier) {
  HIDET_TMA_LOAD("4d", "%3, %4, %5, %6") "r"(c0), "r"(c1), "r"(c2), "r"(c3) : "memory");
}
HIDET_INLINE void hidet_tma_load_5d(void* shared, const hidet_tensor_map* map, int32_t c0,
                                    int32_t c1, int32_t c2, int32_t c3, int32_t c4,
                                    uint64_t* barrier) {
  HIDET_TMA_LOAD("5d", "%3, %4, %5, %6, %7")
      "r"(c0), "r"(c1), "r"(c2), "r"(c3), "r"(c4) : "memory");
}
)"}};
  return sections;
}

}  // namespace hidet
