#include "driver/load_emulated.h"

#include "emulator/emulated_kernel.h"

namespace hidet {

Result<std::vector<LoadedKernel>> load_emulated(std::span<const KernelSource> sources,
                                                const Target& target, const CudaSettings& settings,
                                                KernelStore& store, Plan& plan) {
  HIDET_ASSERT(sources.size() == plan.kernels.size(), "{} texts", sources.size());
  const auto compiler = find_host_compiler();
  if (!compiler) return Decline{compiler.reason()};
  std::vector<KernelSource> texts;
  for (const KernelSource& source : sources)
    texts.push_back(emulated_source(source.symbol, source.text, *compiler));
  CompileOptions options;
  options.parallel = settings.threads;
  options.progress = settings.progress;
  auto loaded = store.obtain(texts, *compiler, options);
  if (!loaded) return Decline{loaded.reason()};
  std::vector<LoadedKernel> kernels;
  for (size_t i = 0; i < sources.size(); ++i) {
    KernelRecord& record = plan.kernels[i];
    record.key = kernel_key(texts[i], *compiler);
    const auto shared = record.cuda.dynamic_shared_bytes.as_constant().value_or(0);
    HIDET_DECLINE_UNLESS(shared <= target.cuda.shared_bytes_of_block,
                         "{} takes {} bytes of shared memory, {} has {}", record.symbol, shared,
                         target.name, target.cuda.shared_bytes_of_block);
    kernels.emplace_back().device =
        std::make_shared<EmulatedKernel>((*loaded)[i], sources[i].symbol, sources[i].text);
  }
  return kernels;
}

}  // namespace hidet
