// Matrix products of a warp, and the loads of their operands.
#include "prelude/cuda_sections.h"

namespace hidet {

const std::vector<CudaSection>& cuda_matrix_sections() {
  static const std::vector<CudaSection> sections = {{{"hidet_mma_"}, R"(
HIDET_INLINE void hidet_mma_m16n8k16_bf16(float* d, const uint32_t* a, const uint32_t* b) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
               "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
HIDET_INLINE void hidet_mma_m16n8k16_f16(float* d, const uint32_t* a, const uint32_t* b) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
               "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
HIDET_INLINE void hidet_mma_m16n8k8_tf32(float* d, const uint32_t* a, const uint32_t* b) {
  asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
               "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
)"},
                                                    {{"hidet_ldmatrix_"}, R"(
HIDET_INLINE void hidet_ldmatrix_x1(uint32_t* r, const void* shared) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];"
               : "=r"(r[0]) : "r"(hidet_shared_address(shared)) : "memory");
}
HIDET_INLINE void hidet_ldmatrix_x2(uint32_t* r, const void* shared) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
               : "=r"(r[0]), "=r"(r[1]) : "r"(hidet_shared_address(shared)) : "memory");
}
HIDET_INLINE void hidet_ldmatrix_x4(uint32_t* r, const void* shared) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(hidet_shared_address(shared)) : "memory");
}
HIDET_INLINE void hidet_ldmatrix_x1_trans(uint32_t* r, const void* shared) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];"
               : "=r"(r[0]) : "r"(hidet_shared_address(shared)) : "memory");
}
HIDET_INLINE void hidet_ldmatrix_x2_trans(uint32_t* r, const void* shared) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
               : "=r"(r[0]), "=r"(r[1]) : "r"(hidet_shared_address(shared)) : "memory");
}
HIDET_INLINE void hidet_ldmatrix_x4_trans(uint32_t* r, const void* shared) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(hidet_shared_address(shared)) : "memory");
}
)"}};
  return sections;
}

}  // namespace hidet
