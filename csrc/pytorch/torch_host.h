// The runtime's Host, in terms of ATen.
#pragma once

#include <c10/core/DeviceGuard.h>

#include "runtime/host.h"

namespace hidet {

// One for the whole process. It has no state.
__attribute__((visibility("default"))) Host& torch_host();

// Makes a CUDA device the current one; does nothing for the CPU. UserError (runtime) where this
// PyTorch is built without CUDA.
c10::OptionalDeviceGuard guard_of(Device device);

}  // namespace hidet
