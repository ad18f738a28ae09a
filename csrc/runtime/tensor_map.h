// encode_tensor_map: the description of a tensor's tiles that the tensor memory accelerator (from
// sm_90 on) works from.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "base/dtype.h"
#include "base/result.h"
#include "runtime/cuda_driver.h"
#include "runtime/kernel_record.h"

namespace hidet {

struct TensorMapRequest {
  DType dtype = DType::f32;
  int rank = 1;
  void* address = nullptr;  // on the device
  // Dimension 0 is the contiguous one.
  std::array<uint64_t, 5> sizes = {};    // in elements
  std::array<uint64_t, 4> strides = {};  // in bytes, of dimensions 1, 2, ...
  std::array<uint32_t, 5> box = {};      // what one load copies, in elements
  int swizzle_bytes = 0;                 // 0, 32, 64 or 128: width of the pattern
};

// Which rule of the hardware a request breaks; empty where it breaks none.
std::string tensor_map_error(const TensorMapRequest& request);

// What a recipe asks for, of a buffer at an address and with the values of the kernel's sizes.
// UserError for sizes that the hardware does not take.
TensorMapRequest tensor_map_request(const TensorMapRecipe& recipe, void* address,
                                    std::span<const int64_t> sizes);

// Elements outside the tensor are read as zero.
Result<CudaTensorMap> encode_tensor_map(const CudaDriver& driver, const TensorMapRequest& request);

}  // namespace hidet
