// EmulatedKernel: a CUDA kernel that runs on the CPU, out of its emitted text, with every access and
// every synchronisation checked.
#pragma once

#include <memory>

#include "emulator/emulated_launch.h"
#include "runtime/code_library.h"
#include "runtime/compile.h"

namespace hidet {

// What the host's compiler makes the kernel of; `text` as emitted, for either prelude.
KernelSource emulated_source(const std::string& symbol, const std::string& text,
                             const HostCompiler& compiler);

class EmulatedKernel : public DeviceKernel {
 public:
  // `loaded`: of emulated_source(). Reports quote the lines of `text`, as it was emitted.
  EmulatedKernel(LoadedKernel loaded, const std::string& symbol, const std::string& text = "");

  const EmulatedCode& code() const { return code_; }

  // The buffers are memory of the CPU. UserError (runtime) with the finding's report where the
  // kernel breaks a rule; the buffers are then as they were.
  int32_t launch(const KernelRecord& record, const DeviceLaunch& launch, Host& host) const override;
  uint32_t unwritten_word() const override { return kUnwritten; }

 private:
  LoadedKernel loaded_;
  EmulatedCode code_;
};

}  // namespace hidet
