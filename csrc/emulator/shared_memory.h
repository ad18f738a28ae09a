// SharedMemory: the shared memory of one emulated block, with a cell for every few bytes of it.
#pragma once

#include <cstdint>
#include <vector>

#include "emulator/access_cell.h"

namespace hidet {

class SharedMemory {
 public:
  // What a block may have on any GPU, and more.
  static constexpr int64_t kCapacity = 256 << 10;

  SharedMemory();
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  unsigned char* data() const { return data_; }
  // Its memory, or the guards on both sides.
  bool is_near(const void* address) const {
    return reinterpret_cast<uintptr_t>(address) - (reinterpret_cast<uintptr_t>(data_) - kGuard) <
           kCapacity + 2 * kGuard;
  }
  int64_t offset(const void* address) const {
    return static_cast<const unsigned char*>(address) - data_;
  }

  // A cell is of 1 << shift() bytes: 4, until an access is shorter.
  int shift() const { return shift_; }
  AccessCell* cells() { return cells_.data(); }
  void refine(int shift);

 private:
  static constexpr uintptr_t kGuard = 1 << 20;

  unsigned char* data_ = nullptr;
  int shift_ = 2;
  std::vector<AccessCell> cells_;
};

}  // namespace hidet
