// load_emulated: the kernels of a plan for a CUDA target, to run on the CPU under the emulator.
#pragma once

#include "driver/load_cuda.h"
#include "runtime/kernel_store.h"

namespace hidet {

// As load_cuda; needs no compiler of NVIDIA's, but one of the host.
Result<std::vector<LoadedKernel>> load_emulated(std::span<const KernelSource> sources,
                                                const Target& target, const CudaSettings& settings,
                                                KernelStore& store, Plan& plan);

}  // namespace hidet
