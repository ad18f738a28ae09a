// Asynchronous matrix products of a warpgroup (sm_90a): both operands in shared memory, described
// by 64 bits each.
#include <string>

#include "base/format.h"
#include "prelude/cuda_sections.h"

namespace hidet {

const CudaSection& cuda_wgmma_section() {
  // The fields of a descriptor count 16 bytes. swizzle_mode: 0 none, 1 128 bytes, 2 64, 3 32.
  static const CudaSection section = {{"hidet_wgmma_", "hidet_shared_descriptor"}, R"(
HIDET_INLINE uint64_t hidet_shared_descriptor(const void* shared, int leading_bytes,
                                              int stride_bytes, int swizzle_mode) {
  return static_cast<uint64_t>((hidet_shared_address(shared) & 0x3ffff) >> 4) |
         static_cast<uint64_t>((leading_bytes & 0x3ffff) >> 4) << 16 |
         static_cast<uint64_t>((stride_bytes & 0x3ffff) >> 4) << 32 |
         static_cast<uint64_t>(swizzle_mode) << 62;
}
HIDET_INLINE void hidet_wgmma_fence() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}
HIDET_INLINE void hidet_wgmma_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
template <int N> HIDET_INLINE void hidet_wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" :: "n"(N) : "memory");
}
template <int N, int TransposeA, int TransposeB> struct hidet_product_bf16;
template <int N, int TransposeA, int TransposeB>
HIDET_INLINE void hidet_wgmma_k16_bf16(float* d, uint64_t descriptor_a, uint64_t descriptor_b,
                                       int scale_d) {
  hidet_product_bf16<N, TransposeA, TransposeB>::add(d, descriptor_a, descriptor_b, scale_d);
}
template <int N, int TransposeA, int TransposeB> struct hidet_product_f16;
template <int N, int TransposeA, int TransposeB>
HIDET_INLINE void hidet_wgmma_k16_f16(float* d, uint64_t descriptor_a, uint64_t descriptor_b,
                                      int scale_d) {
  hidet_product_f16<N, TransposeA, TransposeB>::add(d, descriptor_a, descriptor_b, scale_d);
}
)"};
  return section;
}

std::string cuda_wgmma_product(std::string_view type, int columns) {
  const int sums = columns / 2;
  std::string registers, outputs;
  for (int i = 0; i < sums; ++i) {
    const char* separator = i == 0 ? "" : i % 8 == 0 ? ",\"\n        \" " : ", ";
    registers += hidet::format("{}%{}", separator, i);
    outputs += hidet::format("{}\"+f\"(d[{}])",
                             i == 0       ? ""
                             : i % 8 == 0 ? ",\n          "
                                          : ", ",
                             i);
  }
  return hidet::format(
      R"(
template <int TransposeA, int TransposeB> struct hidet_product_{0}<{1}, TransposeA, TransposeB> {{
  static __device__ __forceinline__ void add(float* d, uint64_t a, uint64_t b, int scale_d) {{
    asm volatile("{{\n.reg .pred p;\nsetp.ne.b32 p, %{2}, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n{1}k16.f32.{0}.{0} "
        "{{{5}}}, %{3}, %{4}, p, 1, 1, %{6}, %{7};\n}}"
        : {8}
        : "l"(a), "l"(b), "r"(scale_d), "n"(TransposeA), "n"(TransposeB));
  }}
}};
)",
      type, columns, sums + 2, sums, sums + 1, registers, sums + 3, sums + 4, outputs);
}

}  // namespace hidet
