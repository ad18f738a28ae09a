#include "driver/load_cuda.h"

#include "prelude/cuda_native.h"
#include "runtime/gpu_kernel.h"
#include "target/occupancy.h"

namespace hidet {

namespace {

KernelResources resources_of(const CudaCode& code) {
  const CudaResources& r = code.resources;
  return {.registers = r.registers,
          .spill_bytes = r.spill_stores + r.spill_loads,
          .static_shared_bytes = r.static_shared,
          .code_bytes = static_cast<int32_t>(code.cubin.size()),
          .stack_bytes = r.stack,
          .advisories = r.advisories};
}

}  // namespace

Result<std::vector<LoadedKernel>> load_cuda(std::span<const KernelSource> sources,
                                            const Target& target, const CudaSettings& settings,
                                            CubinStore& store, Plan& plan) {
  HIDET_ASSERT(sources.size() == plan.kernels.size(), "{} texts", sources.size());
  const auto nvrtc = Nvrtc::open(settings.nvrtc_directories);
  if (!nvrtc) return Decline{nvrtc.reason()};
  std::vector<CudaSource> texts;
  for (const KernelSource& source : sources)
    texts.push_back({source.symbol, cuda_prelude_ptx(source.text) + "\n" + source.text});
  const auto codes = store.obtain(texts, target.name, **nvrtc, settings.threads, settings.progress);
  if (!codes) return Decline{codes.reason()};
  std::vector<LoadedKernel> kernels;
  for (size_t i = 0; i < sources.size(); ++i) {
    KernelRecord& record = plan.kernels[i];
    record.key = cubin_key(texts[i], target.name, **nvrtc);
    record.resources = resources_of(*(*codes)[i]);
    const auto shared = record.cuda.dynamic_shared_bytes.as_constant().value_or(0);
    HIDET_DECLINE_UNLESS(
        shared + record.resources.static_shared_bytes <= target.cuda.shared_bytes_of_block,
        "{} takes {} bytes of shared memory, {} has {}", record.symbol, shared, target.name,
        target.cuda.shared_bytes_of_block);
    LoadedKernel& kernel = kernels.emplace_back();
    kernel.device = std::make_shared<GpuKernel>((*codes)[i], target.name);
  }
  return kernels;
}

std::optional<std::vector<LoadedKernel>> find_cuda(const Plan& plan, const Target& target,
                                                   CubinStore& store) {
  std::vector<LoadedKernel> kernels;
  for (const KernelRecord& record : plan.kernels) {
    auto code = store.find(record.key);
    if (!code) return std::nullopt;
    kernels.emplace_back().device = std::make_shared<GpuKernel>(std::move(code), target.name);
  }
  return kernels;
}

CompileReport::CudaUse cuda_use(const KernelRecord& record, const Target& target) {
  CompileReport::CudaUse use;
  use.registers = record.resources.registers;
  use.spill_bytes = record.resources.spill_bytes;
  use.stack_bytes = record.resources.stack_bytes;
  use.advisories = record.resources.advisories;
  use.threads = static_cast<int>(record.cuda.block[0].as_constant().value_or(0));
  use.shared_bytes = record.resources.static_shared_bytes +
                     record.cuda.dynamic_shared_bytes.as_constant().value_or(0);
  if (use.registers == 0 || use.threads == 0) return use;
  const Occupancy found = occupancy(target.cuda, use.threads, use.registers, use.shared_bytes);
  use.blocks = found.blocks;
  use.occupancy =
      static_cast<double>(found.warps) * kWarpThreads / std::max(1, target.cuda.max_threads);
  use.limit = found.limit;
  return use;
}

}  // namespace hidet
