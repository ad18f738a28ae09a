// WeightGuard: notices that a weight has changed since something was computed from it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/host.h"

namespace hidet {

// Looks at pointer, version counter and, on CPU, at sampled elements: at each call another one of
// kSamples, spread over the weight; at all of them when the weight has no version counter. A write
// that bumps no counter and misses the samples goes unnoticed.
class WeightGuard {
 public:
  static constexpr int kSamples = 16;

  // The weights' places among the arguments.
  explicit WeightGuard(std::vector<int32_t> arguments);

  const std::vector<int32_t>& arguments() const { return arguments_; }
  // changed[i] tells of weight i whether it is not as recorded. `ignored[i]`: not looked at. True
  // when one has changed.
  bool compare(std::span<const CallValue> call, std::span<const uint8_t> ignored,
               std::span<uint8_t> changed);
  // Takes weight i as it is now.
  void record(std::span<const CallValue> call, size_t weight);

 private:
  struct State {
    const void* data = nullptr;
    int64_t version = TensorRef::kNoVersion;
    int32_t sample_bytes = 0;  // 0: none are taken
  };
  struct Sample {
    int64_t offset = 0;  // bytes
    uint64_t bits = 0;
  };
  Sample& sample(int turn, size_t weight) { return samples_[turn * arguments_.size() + weight]; }

  std::vector<int32_t> arguments_;
  std::vector<State> states_;
  std::vector<Sample> samples_;  // one turn after the other: a call reads one row
  int turn_ = 0;
};

}  // namespace hidet
