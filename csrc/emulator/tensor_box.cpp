#include "emulator/tensor_box.h"

#include <algorithm>
#include <cstring>

#include "emulator/shared_matrix.h"

namespace hidet {

namespace {

constexpr uint64_t kMark = 0x68696465742d7462;
constexpr int kBlockBytes = 16;

}  // namespace

int64_t EmulatedTensorMap::box_bytes() const {
  int64_t bytes = element_bytes;
  for (int i = 0; i < rank; ++i) bytes *= box[i];
  return bytes;
}

Result<EmulatedTensorMap> emulate_tensor_map(const TensorMapRequest& request) {
  if (const std::string error = tensor_map_error(request); !error.empty())
    HIDET_DECLINE("no tensor map: {}", error);
  EmulatedTensorMap map;
  map.mark = kMark;
  map.address = reinterpret_cast<uintptr_t>(request.address);
  map.rank = static_cast<uint8_t>(request.rank);
  map.element_bytes = static_cast<uint8_t>(bits_of(request.dtype) / 8);
  map.pattern_bytes = static_cast<uint8_t>(request.swizzle_bytes);
  map.strides[0] = map.element_bytes;
  for (int i = 0; i < request.rank; ++i) {
    map.sizes[i] = request.sizes[i];
    map.box[i] = static_cast<uint16_t>(request.box[i]);
    if (i > 0) map.strides[i] = request.strides[i - 1];
  }
  return map;
}

std::string tensor_map_use_error(const EmulatedTensorMap& map, int rank) {
  if (map.mark != kMark) return "what is passed as a tensor map is none";
  if (map.rank != rank)
    return hidet::format("a load of {} dimensions by a map of {}", rank, map.rank);
  return "";
}

void load_tensor_box(const EmulatedTensorMap& map, std::span<const int32_t> coordinates,
                     uint32_t shared, const TensorBoxHooks& hooks) {
  const int64_t row_bytes = int64_t{map.box[0]} * map.element_bytes;
  const int64_t rows = map.box_bytes() / row_bytes;
  // The part of a box's row that lies in the tensor.
  const auto size = static_cast<int64_t>(map.sizes[0]);
  const int64_t first = std::clamp<int64_t>(-int64_t{coordinates[0]}, 0, map.box[0]);
  const int64_t end = std::clamp<int64_t>(size - coordinates[0], first, map.box[0]);
  std::vector<uint8_t> bytes(static_cast<size_t>(row_bytes));
  for (int64_t row = 0; row < rows; ++row) {
    bool is_inside = first < end;
    uint64_t address =
        map.address + static_cast<uint64_t>((coordinates[0] + first) * map.element_bytes);
    for (int64_t i = 1, rest = row; i < map.rank; rest /= map.box[i++]) {
      const int64_t at = coordinates[static_cast<size_t>(i)] + rest % map.box[i];
      is_inside = is_inside && at >= 0 && at < static_cast<int64_t>(map.sizes[i]);
      address += static_cast<uint64_t>(at) * map.strides[i];
    }
    std::ranges::fill(bytes, uint8_t{0});
    if (is_inside) {
      const auto* source = reinterpret_cast<const uint8_t*>(address);
      const int64_t count = (end - first) * map.element_bytes;
      hooks.read(source, count);
      std::memcpy(&bytes[static_cast<size_t>(first * map.element_bytes)], source,
                  static_cast<size_t>(count));
    }
    for (int64_t at = 0; at < row_bytes; at += kBlockBytes)
      std::memcpy(hooks.write(swizzled(map.pattern_bytes,
                                       shared + static_cast<uint32_t>(row * row_bytes + at))),
                  &bytes[static_cast<size_t>(at)], kBlockBytes);
  }
}

}  // namespace hidet
