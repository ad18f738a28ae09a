// Barriers and the roles of warps, as cuda_barrier.cpp has them.
#include "prelude/emulated_sections.h"

namespace hidet {

const std::vector<CudaSection>& emulated_barrier_sections() {
  static const std::vector<CudaSection> sections = {{{"hidet_barrier"}, R"(
HIDET_EMULATED void hidet_barrier(int id, int threads) {
  hidet_emulator->barrier(id, threads, HIDET_SITE);
}
)"},
                                                    {{"hidet_mbarrier_"}, R"(
HIDET_EMULATED void hidet_mbarrier_init(uint64_t* barrier, int arrivals) {
  hidet_instructions().init_barrier(barrier, arrivals, HIDET_SITE);
}
HIDET_EMULATED void hidet_mbarrier_arrive(uint64_t* barrier) {
  hidet_instructions().arrive(barrier, HIDET_SITE);
}
HIDET_EMULATED bool hidet_mbarrier_test(uint64_t* barrier, int parity) {
  return hidet_instructions().is_over(barrier, parity, HIDET_SITE) != 0;
}
HIDET_EMULATED void hidet_mbarrier_wait(uint64_t* barrier, int parity) {
  hidet_instructions().wait_barrier(barrier, parity, HIDET_SITE);
}
HIDET_EMULATED void hidet_mbarrier_fence() { hidet_instructions().fence_barriers(); }
HIDET_EMULATED void hidet_mbarrier_expect(uint64_t* barrier, int bytes) {
  hidet_instructions().arrive_and_expect(barrier, bytes, HIDET_SITE);
}
)"},
                                                    {{"hidet_fence_async_proxy"}, R"(
HIDET_EMULATED void hidet_fence_async_proxy() { hidet_instructions().fence_async_proxy(); }
)"},
                                                    {{"hidet_registers_"}, R"(
template <int N> HIDET_EMULATED void hidet_registers_increase() {
  static_assert(N >= 24 && N <= 256 && N % 8 == 0);
  hidet_instructions().set_registers(N, HIDET_SITE);
}
template <int N> HIDET_EMULATED void hidet_registers_decrease() {
  static_assert(N >= 24 && N <= 256 && N % 8 == 0);
  hidet_instructions().set_registers(N, HIDET_SITE);
}
)"},
                                                    {{"hidet_elect_one"}, R"(
HIDET_EMULATED bool hidet_elect_one() { return hidet_instructions().elect_one(HIDET_SITE) != 0; }
)"}};
  return sections;
}

}  // namespace hidet
