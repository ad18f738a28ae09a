// GlobalMemory: the buffers of an emulated launch, each copied to where nothing else is near.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "emulator/access_cell.h"

namespace hidet {

struct GlobalBuffer {
  void* data = nullptr;
  int64_t bytes = 0;
  bool written = false;   // by the kernel
  int element_bytes = 4;  // 1, 2, 4 or 8
};

// What memory holds that nobody has written yet: a quiet NaN whose other bits mean nothing. Reads of
// an aligned word of it are findings.
constexpr uint32_t kUnwritten = 0xffa5c3e1;

class GlobalMemory {
 public:
  // Buffers that overlap share a copy.
  explicit GlobalMemory(std::span<const GlobalBuffer> buffers);
  ~GlobalMemory();
  GlobalMemory(const GlobalMemory&) = delete;
  GlobalMemory& operator=(const GlobalMemory&) = delete;

  // Where buffer i begins.
  void* address(int i) const { return addresses_[static_cast<size_t>(i)]; }
  // Brings what was written back.
  void copy_back() const;

  struct Region {
    unsigned char* begin = nullptr;
    int64_t bytes = 0;
    bool written = false;
    int shift = 0;                // a cell is of 1 << shift bytes
    GlobalCell* cells = nullptr;  // of written regions
    void* original = nullptr;
    std::vector<int> buffers;
  };
  // Null: far from every buffer.
  Region* near(const void* address) {
    const uintptr_t slot = (reinterpret_cast<uintptr_t>(address) - base_) >> slot_bits_;
    return slot < regions_.size() ? &regions_[slot] : nullptr;
  }
  std::span<const Region> regions() const { return regions_; }

 private:
  std::vector<void*> addresses_;
  std::vector<Region> regions_;
  uintptr_t base_ = 0;
  int slot_bits_ = 0;
  size_t cell_bytes_ = 0;
};

}  // namespace hidet
