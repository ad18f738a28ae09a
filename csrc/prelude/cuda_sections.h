// The parts of the CUDA prelude: functions that belong together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hidet {

struct CudaSection {
  // Printed for kernels whose text has one of these words in it; always where there is none.
  std::vector<std::string_view> words;
  std::string_view text;
};

// Whether it is printed for these kernels.
bool is_mentioned(const CudaSection& section, std::string_view kernels);

const CudaSection& cuda_types();  // and conversions: every other section may use them
const std::vector<CudaSection>& cuda_matrix_sections();
const std::vector<CudaSection>& cuda_copy_sections();
const std::vector<CudaSection>& cuda_barrier_sections();
const CudaSection& cuda_wgmma_section();

// "hidet_wgmma_k16_<type>" of one number of columns, a multiple of 8 up to 256.
std::string cuda_wgmma_product(std::string_view type, int columns);

}  // namespace hidet
