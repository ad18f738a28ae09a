// GpuKernel: a CUDA binary that is brought to a device when a graph is first called there.
#pragma once

#include <map>
#include <mutex>

#include "runtime/cubin_store.h"
#include "runtime/cuda_module.h"
#include "runtime/device_kernel.h"

namespace hidet {

// Whether the code of a target ("sm_80", "sm_90a") runs on a GPU of this compute capability: plain
// code on later ones of the same major number, too, code for one architecture ("a") there alone.
bool runs_on_capability(std::string_view target, int major, int minor);

class GpuKernel : public DeviceKernel {
 public:
  GpuKernel(std::shared_ptr<const CudaCode> code, std::string target)
      : code_(std::move(code)), target_(std::move(target)) {}

  void load(const KernelRecord& record, Device device) const override;
  const CudaCode& code() const { return *code_; }
  // On the stream that is current on the buffers' device. UserError (runtime) where there is no
  // GPU, where its code is another, or where the tensors are not on one.
  int32_t launch(const KernelRecord& record, const DeviceLaunch& launch, Host& host) const override;

 private:
  std::shared_ptr<const CudaKernel> kernel_on(int device, int64_t shared_bytes) const;

  std::shared_ptr<const CudaCode> code_;
  std::string target_;
  mutable std::mutex mutex_;
  mutable std::map<int, std::shared_ptr<const CudaKernel>> kernels_;  // by device
};

}  // namespace hidet
