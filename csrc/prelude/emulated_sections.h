// The parts of the CUDA prelude in C++, with the functions of those in PTX (cuda_sections.h). They
// stand behind the frame of prelude/cuda_emulated.h, whose words HIDET_EMULATED, HIDET_SITE and
// hidet_emulator they use.
#pragma once

#include "prelude/cuda_sections.h"

namespace hidet {

const CudaSection& emulated_types();  // and conversions: every other section may use them
const std::vector<CudaSection>& emulated_matrix_sections();
const std::vector<CudaSection>& emulated_copy_sections();
const std::vector<CudaSection>& emulated_barrier_sections();
const CudaSection& emulated_wgmma_section();

}  // namespace hidet
