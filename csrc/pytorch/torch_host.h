// The runtime's Host, in terms of ATen.
#pragma once

#include "runtime/host.h"

namespace hidet {

// One for the whole process. It has no state.
__attribute__((visibility("default"))) Host& torch_host();

}  // namespace hidet
