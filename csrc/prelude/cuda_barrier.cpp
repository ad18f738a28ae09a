// Barriers of some threads of a block, barriers that count arrivals and bytes, and the roles of
// warps.
#include "prelude/cuda_sections.h"

namespace hidet {

const std::vector<CudaSection>& cuda_barrier_sections() {
  static const std::vector<CudaSection> sections = {
      {{"hidet_barrier"}, R"(
HIDET_INLINE void hidet_barrier(int id, int threads) {
  asm volatile("bar.sync %0, %1;" :: "r"(id), "r"(threads) : "memory");
}
)"},
      // Before sm_90 there is no waiting in hardware and no counting of bytes.
      {{"hidet_mbarrier_"}, R"(
HIDET_INLINE void hidet_mbarrier_init(uint64_t* barrier, int arrivals) {
  asm volatile("mbarrier.init.shared.b64 [%0], %1;"
               :: "r"(hidet_shared_address(barrier)), "r"(arrivals) : "memory");
}
HIDET_INLINE void hidet_mbarrier_arrive(uint64_t* barrier) {
  asm volatile("{\n.reg .b64 state;\nmbarrier.arrive.shared.b64 state, [%0];\n}"
               :: "r"(hidet_shared_address(barrier)) : "memory");
}
HIDET_INLINE bool hidet_mbarrier_test(uint64_t* barrier, int parity) {
  uint32_t done;
#if __CUDA_ARCH__ >= 900
  asm volatile("{\n.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
#else
  asm volatile("{\n.reg .pred p;\nmbarrier.test_wait.parity.shared.b64 p, [%1], %2;\n"
#endif
               "selp.u32 %0, 1, 0, p;\n}"
               : "=r"(done) : "r"(hidet_shared_address(barrier)), "r"(parity) : "memory");
  return done != 0;
}
HIDET_INLINE void hidet_mbarrier_wait(uint64_t* barrier, int parity) {
  while (!hidet_mbarrier_test(barrier, parity)) {
  }
}
HIDET_INLINE void hidet_mbarrier_fence() {
#if __CUDA_ARCH__ >= 900
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
#else
  __threadfence_block();
#endif
}
HIDET_INLINE void hidet_mbarrier_expect(uint64_t* barrier, int bytes) {
  asm volatile("{\n.reg .b64 state;\n"
               "mbarrier.arrive.expect_tx.shared::cta.b64 state, [%0], %1;\n}"
               :: "r"(hidet_shared_address(barrier)), "r"(bytes) : "memory");
}
)"},
      {{"hidet_fence_async_proxy"}, R"(
HIDET_INLINE void hidet_fence_async_proxy() {
  asm volatile("fence.proxy.async;" ::: "memory");
}
)"},
      {{"hidet_registers_"}, R"(
template <int N> HIDET_INLINE void hidet_registers_increase() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" :: "n"(N));
}
template <int N> HIDET_INLINE void hidet_registers_decrease() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" :: "n"(N));
}
)"},
      {{"hidet_elect_one"}, R"(
HIDET_INLINE bool hidet_elect_one() {
#if __CUDA_ARCH__ >= 900
  uint32_t elected;
  asm volatile("{\n.reg .pred p;\nelect.sync _|p, 0xffffffff;\nselp.u32 %0, 1, 0, p;\n}"
               : "=r"(elected));
  return elected != 0;
#else
  return threadIdx.x % 32 == 0;
#endif
}
)"}};
  return sections;
}

}  // namespace hidet
