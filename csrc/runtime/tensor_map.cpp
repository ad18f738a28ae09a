#include "runtime/tensor_map.h"

#include <optional>

namespace hidet {

namespace {

constexpr uint64_t kMostElements = uint64_t{1} << 32;
constexpr uint64_t kMostStride = uint64_t{1} << 40;
constexpr uint32_t kMostBox = 256;
constexpr int kPromotionTo128Bytes = 2;

// The driver's numbers.
std::optional<int> type_number(DType dtype) {
  switch (dtype) {
    case DType::u8:
    case DType::i8:
    case DType::b8:
      return 0;
    case DType::u16:
    case DType::i16:
      return 1;
    case DType::u32:
      return 2;
    case DType::i32:
      return 3;
    case DType::u64:
      return 4;
    case DType::i64:
      return 5;
    case DType::f16:
      return 6;
    case DType::f32:
      return 7;
    case DType::f64:
      return 8;
    case DType::bf16:
      return 9;
    default:
      return std::nullopt;
  }
}

std::optional<int> swizzle_number(int bytes) {
  switch (bytes) {
    case 0:
      return 0;
    case 32:
      return 1;
    case 64:
      return 2;
    case 128:
      return 3;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string tensor_map_error(const TensorMapRequest& request) {
  if (!type_number(request.dtype))
    return hidet::format("no elements of {}", name_of(request.dtype));
  if (!swizzle_number(request.swizzle_bytes))
    return hidet::format("no pattern of {} bytes", request.swizzle_bytes);
  if (request.rank < 1 || request.rank > 5) return hidet::format("rank {}", request.rank);
  if (reinterpret_cast<uintptr_t>(request.address) % 16 != 0)
    return "the tensor does not start at a multiple of 16 bytes";
  for (int i = 0; i < request.rank; ++i) {
    if (request.sizes[i] == 0 || request.sizes[i] > kMostElements)
      return hidet::format("dimension {} has {} elements", i, request.sizes[i]);
    if (request.box[i] == 0 || request.box[i] > kMostBox)
      return hidet::format("a box of {} elements in dimension {}", request.box[i], i);
    if (i > 0 && (request.strides[i - 1] % 16 != 0 || request.strides[i - 1] >= kMostStride))
      return hidet::format("a stride of {} bytes in dimension {}: no multiple of 16",
                           request.strides[i - 1], i);
  }
  const auto row = static_cast<int64_t>(request.box[0]) * bits_of(request.dtype) / 8;
  if (row % 16 != 0) return hidet::format("a box's row of {} bytes: no multiple of 16", row);
  if (request.swizzle_bytes && row > request.swizzle_bytes)
    return hidet::format("a box's row of {} bytes in a pattern of {}", row, request.swizzle_bytes);
  return "";
}

TensorMapRequest tensor_map_request(const TensorMapRecipe& recipe, void* address,
                                    std::span<const int64_t> sizes) {
  TensorMapRequest request;
  request.dtype = recipe.dtype;
  request.rank = static_cast<int>(recipe.sizes.size());
  request.address = address;
  HIDET_ASSERT(request.rank >= 1 && request.rank <= 5 && recipe.box.size() == recipe.sizes.size() &&
                   recipe.strides.size() + 1 == recipe.sizes.size(),
               "a tensor map of rank {}", request.rank);
  for (size_t d = 0; d < recipe.sizes.size(); ++d) {
    request.sizes[d] = static_cast<uint64_t>(recipe.sizes[d].evaluate(sizes));
    request.box[d] = static_cast<uint32_t>(recipe.box[d]);
  }
  for (size_t d = 0; d < recipe.strides.size(); ++d)
    request.strides[d] =
        static_cast<uint64_t>(recipe.strides[d].evaluate(sizes) * bytes_of(recipe.dtype));
  request.swizzle_bytes = recipe.swizzle_bytes;
  if (const std::string error = tensor_map_error(request); !error.empty())
    HIDET_USER_ERROR(runtime, "a kernel cannot describe its operand: {}", error);
  return request;
}

Result<CudaTensorMap> encode_tensor_map(const CudaDriver& driver, const TensorMapRequest& request) {
  if (const std::string error = tensor_map_error(request); !error.empty())
    HIDET_DECLINE("no tensor map: {}", error);
  CudaTensorMap map = {};
  const uint32_t ones[5] = {1, 1, 1, 1, 1};
  if (int error = driver.functions().tensor_map_tiled(
          &map, *type_number(request.dtype), static_cast<uint32_t>(request.rank), request.address,
          request.sizes.data(), request.strides.data(), request.box.data(), ones, 0,
          *swizzle_number(request.swizzle_bytes), kPromotionTo128Bytes, 0))
    HIDET_DECLINE("no tensor map: {}", driver.error_text(error));
  return map;
}

}  // namespace hidet
