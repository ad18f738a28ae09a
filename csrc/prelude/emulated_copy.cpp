// Copies between global and shared memory, as cuda_copy.cpp has them.
#include "prelude/emulated_sections.h"

namespace hidet {

const std::vector<CudaSection>& emulated_copy_sections() {
  static const std::vector<CudaSection> sections = {{{"hidet_cp_async_"}, R"(
HIDET_EMULATED void hidet_cp_async_4(void* shared, const void* global, int bytes) {
  hidet_instructions().copy(4, shared, global, bytes, HIDET_SITE);
}
HIDET_EMULATED void hidet_cp_async_8(void* shared, const void* global, int bytes) {
  hidet_instructions().copy(8, shared, global, bytes, HIDET_SITE);
}
HIDET_EMULATED void hidet_cp_async_16(void* shared, const void* global, int bytes) {
  hidet_instructions().copy(16, shared, global, bytes, HIDET_SITE);
}
HIDET_EMULATED void hidet_cp_async_commit() { hidet_instructions().commit_copies(); }
template <int N> HIDET_EMULATED void hidet_cp_async_wait() {
  hidet_instructions().wait_copies(N, HIDET_SITE);
}
)"},
                                                    {{"hidet_prefetch_l2"}, R"(
HIDET_INLINE void hidet_prefetch_l2(const void*) {}
)"},
                                                    {{"hidet_tma_", "hidet_tensor_map"}, R"(
struct alignas(64) hidet_tensor_map { uint64_t opaque[16]; };
HIDET_EMULATED void hidet_tma_load_1d(void* shared, const hidet_tensor_map* map, int32_t c0,
                                      uint64_t* barrier) {
  const int32_t at[] = {c0};
  hidet_instructions().load_box(1, shared, map, at, barrier, HIDET_SITE);
}
HIDET_EMULATED void hidet_tma_load_2d(void* shared, const hidet_tensor_map* map, int32_t c0,
                                      int32_t c1, uint64_t* barrier) {
  const int32_t at[] = {c0, c1};
  hidet_instructions().load_box(2, shared, map, at, barrier, HIDET_SITE);
}
HIDET_EMULATED void hidet_tma_load_3d(void* shared, const hidet_tensor_map* map, int32_t c0,
                                      int32_t c1, int32_t c2, uint64_t* barrier) {
  const int32_t at[] = {c0, c1, c2};
  hidet_instructions().load_box(3, shared, map, at, barrier, HIDET_SITE);
}
HIDET_EMULATED void hidet_tma_load_4d(void* shared, const hidet_tensor_map* map, int32_t c0,
                                      int32_t c1, int32_t c2, int32_t c3, uint64_t* barrier) {
  const int32_t at[] = {c0, c1, c2, c3};
  hidet_instructions().load_box(4, shared, map, at, barrier, HIDET_SITE);
}
HIDET_EMULATED void hidet_tma_load_5d(void* shared, const hidet_tensor_map* map, int32_t c0,
                                      int32_t c1, int32_t c2, int32_t c3, int32_t c4,
                                      uint64_t* barrier) {
  const int32_t at[] = {c0, c1, c2, c3, c4};
  hidet_instructions().load_box(5, shared, map, at, barrier, HIDET_SITE);
}
)"}};
  return sections;
}

}  // namespace hidet
