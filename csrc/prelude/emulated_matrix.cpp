// Matrix products of a warp and the loads of their operands, as cuda_matrix.cpp has them.
#include "prelude/emulated_sections.h"

namespace hidet {

const std::vector<CudaSection>& emulated_matrix_sections() {
  static const std::vector<CudaSection> sections = {{{"hidet_mma_"}, R"(
HIDET_EMULATED void hidet_mma_m16n8k16_bf16(float* d, const uint32_t* a, const uint32_t* b) {
  hidet_instructions().product(0, d, a, b, HIDET_SITE);
}
HIDET_EMULATED void hidet_mma_m16n8k16_f16(float* d, const uint32_t* a, const uint32_t* b) {
  hidet_instructions().product(1, d, a, b, HIDET_SITE);
}
HIDET_EMULATED void hidet_mma_m16n8k8_tf32(float* d, const uint32_t* a, const uint32_t* b) {
  hidet_instructions().product(2, d, a, b, HIDET_SITE);
}
)"},
                                                    {{"hidet_ldmatrix_"}, R"(
HIDET_EMULATED void hidet_ldmatrix_x1(uint32_t* r, const void* shared) {
  hidet_instructions().load_matrices(1, 0, r, shared, HIDET_SITE);
}
HIDET_EMULATED void hidet_ldmatrix_x2(uint32_t* r, const void* shared) {
  hidet_instructions().load_matrices(2, 0, r, shared, HIDET_SITE);
}
HIDET_EMULATED void hidet_ldmatrix_x4(uint32_t* r, const void* shared) {
  hidet_instructions().load_matrices(4, 0, r, shared, HIDET_SITE);
}
HIDET_EMULATED void hidet_ldmatrix_x1_trans(uint32_t* r, const void* shared) {
  hidet_instructions().load_matrices(1, 1, r, shared, HIDET_SITE);
}
HIDET_EMULATED void hidet_ldmatrix_x2_trans(uint32_t* r, const void* shared) {
  hidet_instructions().load_matrices(2, 1, r, shared, HIDET_SITE);
}
HIDET_EMULATED void hidet_ldmatrix_x4_trans(uint32_t* r, const void* shared) {
  hidet_instructions().load_matrices(4, 1, r, shared, HIDET_SITE);
}
)"}};
  return sections;
}

}  // namespace hidet
