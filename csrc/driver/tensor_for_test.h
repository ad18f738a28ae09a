// Tensor: what emulated kernels of tests compute on.
#pragma once

#include <cstring>
#include <random>
#include <vector>

#include "emulator/run_text_for_test.h"

namespace hidet {

// Numbers of a type as they lie in memory.
struct Tensor {
  DType dtype;
  std::vector<double> values;
  std::vector<unsigned char> memory;

  Tensor(DType type, int64_t count) : dtype(type), values(static_cast<size_t>(count)) {
    memory.resize(values.size() * static_cast<size_t>(bytes_of(dtype)), 0xff);
  }
  // Numbers that every type has: of -1 to 1, times a power of two.
  Tensor(DType type, int64_t count, unsigned seed, double scale = 1) : Tensor(type, count) {
    std::mt19937 random(seed);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = (static_cast<double>(random() % 129) - 64) / 64 * scale;
      put(i);
    }
  }
  TextBuffer buffer(bool written = false) {
    return {memory.data(), static_cast<int64_t>(memory.size()), dtype, written};
  }
  double at(int64_t i) const {
    float value;
    std::memcpy(&value, &memory[static_cast<size_t>(i) * sizeof value], sizeof value);
    return value;
  }

 private:
  void put(size_t i) {
    const auto value = static_cast<float>(values[i]);
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    if (dtype == DType::bf16) bits >>= 16;
    if (dtype == DType::f16) {
      const auto half = static_cast<_Float16>(value);
      std::memcpy(&bits, &half, sizeof half);
    }
    const size_t size = static_cast<size_t>(bytes_of(dtype));
    std::memcpy(&memory[i * size], &bits, size);
  }
};

}  // namespace hidet
