// launch_with_maps: an emulated kernel whose arguments are buffers and descriptions of their tiles.
#pragma once

#include <vector>

#include "emulator/emulated_kernel.h"
#include "runtime/tensor_map.h"

namespace hidet {

struct MapOfBuffer {
  int buffer = 0;
  int64_t offset = 0;        // of the tensor, in bytes
  TensorMapRequest request;  // its address is that of the buffer
};

struct MapLaunch {
  std::vector<GlobalBuffer> buffers;
  std::vector<MapOfBuffer> maps;
  int64_t blocks = 1;
  int threads = 32;
  int64_t shared_bytes = 0;
  Schedule schedule = {};
};

// The kernel's parameters are the buffers' addresses, then the maps by value. UserError as
// EmulatedKernel::launch has it.
void launch_with_maps(const EmulatedKernel& kernel, const MapLaunch& launch);

}  // namespace hidet
