// Asynchronous matrix products of a warpgroup, as cuda_wgmma.cpp has them.
#include "prelude/emulated_sections.h"

namespace hidet {

const CudaSection& emulated_wgmma_section() {
  static const CudaSection section = {{"hidet_wgmma_", "hidet_shared_descriptor"}, R"(
HIDET_EMULATED uint64_t hidet_shared_descriptor(const void* shared, int leading_bytes,
                                                int stride_bytes, int swizzle_mode) {
  const uint32_t address = hidet_instructions().shared_address(shared, HIDET_SITE);
  return static_cast<uint64_t>((address & 0x3ffff) >> 4) |
         static_cast<uint64_t>((leading_bytes & 0x3ffff) >> 4) << 16 |
         static_cast<uint64_t>((stride_bytes & 0x3ffff) >> 4) << 32 |
         static_cast<uint64_t>(swizzle_mode) << 62;
}
HIDET_EMULATED void hidet_wgmma_fence() { hidet_instructions().fence_products(HIDET_SITE); }
HIDET_EMULATED void hidet_wgmma_commit() { hidet_instructions().commit_products(HIDET_SITE); }
template <int N> HIDET_EMULATED void hidet_wgmma_wait() {
  static_assert(N >= 0 && N <= 7);
  hidet_instructions().wait_products(N, HIDET_SITE);
}
template <int N, int TransposeA, int TransposeB>
HIDET_EMULATED void hidet_wgmma_k16_bf16(float* d, uint64_t descriptor_a, uint64_t descriptor_b,
                                         int scale_d) {
  static_assert(N >= 8 && N <= 256 && N % 8 == 0);
  hidet_instructions().group_product(N, TransposeA * 2 | TransposeB * 4 | (scale_d ? 8 : 0), d,
                                     descriptor_a, descriptor_b, HIDET_SITE);
}
template <int N, int TransposeA, int TransposeB>
HIDET_EMULATED void hidet_wgmma_k16_f16(float* d, uint64_t descriptor_a, uint64_t descriptor_b,
                                        int scale_d) {
  static_assert(N >= 8 && N <= 256 && N % 8 == 0);
  hidet_instructions().group_product(N, 1 | TransposeA * 2 | TransposeB * 4 | (scale_d ? 8 : 0),
                                     d, descriptor_a, descriptor_b, HIDET_SITE);
}
)"};
  return section;
}

}  // namespace hidet
