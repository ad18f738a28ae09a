#include "runtime/weight_guard.h"

#include <algorithm>
#include <cstring>

namespace hidet {

namespace {

// The low `bytes` (1, 2, 4 or 8) bytes at an address.
uint64_t bits_at(const void* data, int64_t offset, int32_t bytes) {
  const char* place = static_cast<const char*>(data) + offset;
  uint64_t bits = 0;
  switch (bytes) {
    case 1:
      std::memcpy(&bits, place, 1);
      break;
    case 2:
      std::memcpy(&bits, place, 2);
      break;
    case 4:
      std::memcpy(&bits, place, 4);
      break;
    default:
      std::memcpy(&bits, place, 8);
  }
  return bits;
}

// Element `index` in row-major order, in bytes from the first.
int64_t byte_offset(const TensorRef& tensor, int64_t index) {
  int64_t offset = 0;
  for (int axis = tensor.rank - 1; axis >= 0; axis--) {
    offset += index % tensor.sizes[axis] * tensor.strides[axis];
    index /= tensor.sizes[axis];
  }
  return offset * bytes_of(tensor.dtype);
}

}  // namespace

WeightGuard::WeightGuard(std::vector<int32_t> arguments)
    : arguments_(std::move(arguments)),
      states_(arguments_.size()),
      samples_(arguments_.size() * kSamples) {}

bool WeightGuard::compare(std::span<const CallValue> call, std::span<const uint8_t> ignored,
                          std::span<uint8_t> changed) {
  bool any = false;
  turn_ = (turn_ + 1) % kSamples;
  for (size_t i = 0; i < states_.size(); i++) {
    const State& state = states_[i];
    const TensorRef& tensor = call[arguments_[i]].tensor;
    changed[i] = false;
    if (ignored[i]) continue;
    bool same = tensor.data == state.data && tensor.version == state.version;
    bool counted = tensor.version != TensorRef::kNoVersion;
    if (same && state.sample_bytes > 0)
      for (int turn = counted ? turn_ : 0; turn < (counted ? turn_ + 1 : kSamples); turn++) {
        const Sample& one = sample(turn, i);
        same = same && bits_at(tensor.data, one.offset, state.sample_bytes) == one.bits;
      }
    changed[i] = !same;
    any = any || !same;
  }
  return any;
}

void WeightGuard::record(std::span<const CallValue> call, size_t weight) {
  const TensorRef& tensor = call[arguments_[weight]].tensor;
  State& state = states_[weight];
  state = {tensor.data, tensor.version, 0};
  int64_t elements = 1;
  for (int axis = 0; axis < tensor.rank; axis++) elements *= tensor.sizes[axis];
  if (elements == 0 || tensor.device.kind != DeviceKind::cpu) return;
  state.sample_bytes = std::min(bytes_of(tensor.dtype), 8);
  for (int turn = 0; turn < kSamples; turn++) {
    // A step of about the golden section spreads any number of turns evenly.
    double place = (turn + 1) * 0.6180339887498949;
    place -= static_cast<int64_t>(place);
    auto index =
        std::min(static_cast<int64_t>(place * static_cast<double>(elements)), elements - 1);
    Sample& one = sample(turn, weight);
    one.offset = byte_offset(tensor, index);
    one.bits = bits_at(tensor.data, one.offset, state.sample_bytes);
  }
}

}  // namespace hidet
