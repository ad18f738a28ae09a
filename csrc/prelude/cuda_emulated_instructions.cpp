#include "prelude/cuda_emulated_instructions.h"

#include "base/format.h"
#include "prelude/emulated_instructions.h"
#include "prelude/emulated_sections.h"

namespace hidet {

namespace {

// A section stands once in a translation unit, however many kernels mention it.
std::string once(std::string_view name, std::string_view text) {
  return hidet::format("#ifndef HIDET_SECTION_{0}\n#define HIDET_SECTION_{0}{1}#endif\n", name,
                       text);
}

constexpr std::string_view kTable = R"(
#define hidet_instructions() \
  (*static_cast<const EmulatedInstructions*>(hidet_emulator->instructions))
HIDET_EMULATED uint32_t hidet_shared_address(const void* shared) {
  return hidet_instructions().shared_address(shared, HIDET_SITE);
}
)";

}  // namespace

std::string cuda_emulated_instructions(std::string_view kernels) {
  std::string text = once("types", emulated_types().text);
  text += once("table", hidet::format("\n{}{}", kEmulatedInstructionsText, kTable));
  const auto add = [&](const CudaSection& section) {
    if (is_mentioned(section, kernels)) text += once(section.words[0], section.text);
  };
  for (const auto* sections :
       {&emulated_matrix_sections(), &emulated_copy_sections(), &emulated_barrier_sections()})
    for (const CudaSection& section : *sections) add(section);
  add(emulated_wgmma_section());
  return text;
}

}  // namespace hidet
