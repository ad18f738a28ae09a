#include "emulator/prelude_cases.h"

#include "base/error.h"
#include "runtime/kernel_store.h"
#include "target/mma_atom.h"

namespace hidet {

bool PreludeCase::is_on(std::string_view target) const {
  return sm_90a ? target == "sm_90a" : sm_number(target) >= sm;
}

std::string case_text(const std::string& name, const std::string& input_type,
                      const std::string& output_type, int threads, const std::string& statements,
                      int maps) {
  std::string parameters;
  for (int i = 0; i < maps; ++i)
    parameters += hidet::format(", const __grid_constant__ hidet_tensor_map map{}", i);
  return hidet::format(
      "extern \"C\" __global__ void __launch_bounds__({}, 1)\n{}(const {}* __restrict__ in, {}* "
      "out{}) {{\n  HIDET_SHARED_MEMORY(shared);\n  const int t = threadIdx.x;\n{}}}\n",
      threads, name, input_type, output_type, parameters, statements);
}

std::string case_bytes(size_t count, int low, int high) {
  std::string bytes;
  uint32_t state = 12345;
  for (size_t i = 0; i < count; ++i) {
    state = state * 1664525 + 1013904223;
    bytes += static_cast<char>(low + static_cast<int>((state >> 16) % uint32_t(high - low)));
  }
  return bytes;
}

const std::vector<PreludeCase>& prelude_cases() {
  static const std::vector<PreludeCase> all = [] {
    std::vector<PreludeCase> cases;
    for (auto& part :
         {number_cases(), warp_cases(), copy_cases(), barrier_cases(), group_product_cases()})
      cases.insert(cases.end(), part.begin(), part.end());
    return cases;
  }();
  return all;
}

std::vector<std::string> emulate_prelude_cases(std::span<const PreludeCase> cases,
                                               const Schedule& schedule) {
  const auto compiler = find_host_compiler();
  HIDET_REQUIRE(compiler, "{}", compiler.reason());
  std::vector<KernelSource> sources;
  for (const PreludeCase& each : cases)
    sources.push_back(emulated_source(each.name, each.text, *compiler));
  KernelStore store(nullptr);
  const auto loaded = store.obtain(sources, *compiler);
  HIDET_ASSERT(loaded, "{}", loaded.reason());
  std::vector<std::string> outputs;
  for (size_t i = 0; i < cases.size(); ++i) {
    const PreludeCase& each = cases[i];
    std::string input = each.input, output(static_cast<size_t>(each.output_bytes), '\0');
    launch_with_maps(EmulatedKernel((*loaded)[i], each.name, each.text),
                     {.buffers = {{.data = input.data(),
                                   .bytes = static_cast<int64_t>(input.size()),
                                   .element_bytes = 1},
                                  {.data = output.data(),
                                   .bytes = each.output_bytes,
                                   .written = true,
                                   .element_bytes = 1}},
                      .maps = each.maps,
                      .threads = each.threads,
                      .shared_bytes = each.shared_bytes,
                      .schedule = schedule});
    outputs.push_back(std::move(output));
  }
  return outputs;
}

}  // namespace hidet
