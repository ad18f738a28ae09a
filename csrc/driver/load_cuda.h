// load_cuda: the kernels of a plan for a CUDA target, from text to what can be launched.
#pragma once

#include <span>

#include "driver/report.h"
#include "runtime/code_library.h"
#include "runtime/compile.h"
#include "runtime/cubin_store.h"
#include "runtime/plan.h"
#include "target/target.h"

namespace hidet {

struct CudaSettings {
  std::vector<std::string> nvrtc_directories;  // where NVIDIA's compiler is looked for
  // Kernels run on the CPU, under the emulator, instead of on a GPU.
  bool emulate = false;
  int threads = 0;  // compilers at once; 0: cores
  std::function<void(int done, int total)> progress;
};

// Parallel to `sources` and `plan.kernels`, whose keys and resources are filled in. Declines where
// there is no compiler, with its message where it fails, and what does not fit the target.
Result<std::vector<LoadedKernel>> load_cuda(std::span<const KernelSource> sources,
                                            const Target& target, const CudaSettings& settings,
                                            CubinStore& store, Plan& plan);

// The same for a plan out of the cache, without a compiler: absent when a kernel is missing.
std::optional<std::vector<LoadedKernel>> find_cuda(const Plan& plan, const Target& target,
                                                   CubinStore& store);

// Of a kernel on a target: registers, spills, shared memory, occupancy; for reports.
CompileReport::CudaUse cuda_use(const KernelRecord& record, const Target& target);

}  // namespace hidet
