#include "prelude/cuda_emulated_instructions.h"

#include "base/format.h"
#include "prelude/emulated_instructions.h"
#include "prelude/emulated_sections.h"

namespace hidet {

namespace {

constexpr std::string_view kTable = R"(
#define hidet_instructions() \
  (*static_cast<const EmulatedInstructions*>(hidet_emulator->instructions))
HIDET_EMULATED uint32_t hidet_shared_address(const void* shared) {
  return hidet_instructions().shared_address(shared, HIDET_SITE);
}
)";

}  // namespace

std::string cuda_emulated_instructions(std::string_view kernels) {
  std::string text(emulated_types().text);
  text += hidet::format("{}{}", kEmulatedInstructionsText, kTable);
  const auto add = [&](const CudaSection& section) {
    if (is_mentioned(section, kernels)) text += section.text;
  };
  for (const auto* sections :
       {&emulated_matrix_sections(), &emulated_copy_sections(), &emulated_barrier_sections()})
    for (const CudaSection& section : *sections) add(section);
  add(emulated_wgmma_section());
  return text;
}

}  // namespace hidet
