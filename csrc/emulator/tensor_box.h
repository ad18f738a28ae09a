// EmulatedTensorMap: what the emulator has in place of the driver's description of a tensor's
// tiles, and the copy of one of them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "runtime/tensor_map.h"

namespace hidet {

// As large and as aligned as the driver's, and as opaque to a kernel, which gets it by value.
struct alignas(64) EmulatedTensorMap {
  uint64_t mark = 0;
  uint64_t address = 0;
  uint64_t sizes[5] = {};
  uint64_t strides[5] = {};  // bytes; dimension 0: of an element
  uint16_t box[5] = {};
  uint8_t rank = 0;
  uint8_t element_bytes = 0;
  uint8_t pattern_bytes = 0;

  int64_t box_bytes() const;
};
static_assert(sizeof(EmulatedTensorMap) == 128);

// Declines as encode_tensor_map does.
Result<EmulatedTensorMap> emulate_tensor_map(const TensorMapRequest& request);

// Why the bytes that a kernel passes are no map; empty where they are one of the given rank.
std::string tensor_map_use_error(const EmulatedTensorMap& map, int rank);

struct TensorBoxHooks {
  // Elements [address, address + bytes) of the tensor are going to be read.
  std::function<void(const uint8_t* address, int64_t bytes)> read;
  // The 16 bytes of shared memory at an address; they are going to be written.
  std::function<uint8_t*(uint32_t address)> write;
};

// Copies the box whose first element is at `coordinates` (dimension 0 first, below zero allowed)
// to shared memory from `shared` on, dimension 0 fastest; zero where there is no tensor.
void load_tensor_box(const EmulatedTensorMap& map, std::span<const int32_t> coordinates,
                     uint32_t shared, const TensorBoxHooks& hooks);

}  // namespace hidet
