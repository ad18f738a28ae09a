#include "emulator/global_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"

namespace hidet {

namespace {

// Room on both sides of a buffer, and how much of its original alignment is kept.
constexpr uintptr_t kMargin = 1 << 20;
constexpr uintptr_t kAlignment = 4096;

unsigned char* reserve(size_t bytes) {
  void* found = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  HIDET_ASSERT(found != MAP_FAILED, "no room for {} bytes of addresses", bytes);
  return static_cast<unsigned char*>(found);
}

void make_writable(unsigned char* begin, int64_t bytes) {
  const uintptr_t low = reinterpret_cast<uintptr_t>(begin) & ~(kAlignment - 1);
  const uintptr_t high = reinterpret_cast<uintptr_t>(begin) + static_cast<uintptr_t>(bytes);
  HIDET_ASSERT(mprotect(reinterpret_cast<void*>(low), high - low, PROT_READ | PROT_WRITE) == 0,
               "no memory for a copy of {} bytes", bytes);
}

}  // namespace

GlobalMemory::GlobalMemory(std::span<const GlobalBuffer> buffers) : addresses_(buffers.size()) {
  std::vector<int> order;
  for (size_t i = 0; i < buffers.size(); i++) order.push_back(static_cast<int>(i));
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return buffers[a].data < buffers[b].data; });
  for (const int i : order) {
    const GlobalBuffer& buffer = buffers[i];
    auto* data = static_cast<unsigned char*>(buffer.data);
    auto* end = regions_.empty() ? nullptr
                                 : static_cast<unsigned char*>(regions_.back().original) +
                                       regions_.back().bytes;
    if (regions_.empty() || data >= end) {
      regions_.push_back({.shift = 3, .original = data});
      end = data;
    }
    Region& region = regions_.back();
    region.bytes += std::max<int64_t>(0, data + buffer.bytes - end);
    region.written = region.written || buffer.written;
    region.shift = std::min(region.shift, std::countr_zero(unsigned(buffer.element_bytes)));
    region.buffers.push_back(i);
  }
  int64_t longest = 1;
  for (const Region& region : regions_) longest = std::max(longest, region.bytes);
  // As far apart as an index of 32 bits reaches.
  slot_bits_ = std::max(33, 2 + static_cast<int>(std::bit_width(static_cast<uint64_t>(longest))));
  base_ = reinterpret_cast<uintptr_t>(reserve(std::max<size_t>(1, regions_.size()) << slot_bits_));
  int64_t cells = 0;
  for (const Region& region : regions_)
    if (region.written) cells += (region.bytes >> region.shift) + 1;
  cell_bytes_ = static_cast<size_t>(cells) * sizeof(GlobalCell);
  GlobalCell* cell = nullptr;
  if (cells > 0) {
    // Zero, and taking memory only where a kernel comes.
    void* mapping = mmap(nullptr, cell_bytes_, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    HIDET_ASSERT(mapping != MAP_FAILED, "no memory for {} cells", cells);
    cell = static_cast<GlobalCell*>(mapping);
  }
  for (size_t i = 0; i < regions_.size(); i++) {
    Region& region = regions_[i];
    const auto original = reinterpret_cast<uintptr_t>(region.original);
    region.begin = reinterpret_cast<unsigned char*>(base_ + (i << slot_bits_) + kMargin +
                                                    original % kAlignment);
    make_writable(region.begin, std::max<int64_t>(1, region.bytes));
    if (region.bytes > 0)
      std::memcpy(region.begin, region.original, static_cast<size_t>(region.bytes));
    if (region.written) {
      region.cells = cell;
      cell += (region.bytes >> region.shift) + 1;
    }
    for (const int buffer : region.buffers)
      addresses_[static_cast<size_t>(buffer)] =
          region.begin + (static_cast<unsigned char*>(buffers[buffer].data) -
                          static_cast<unsigned char*>(region.original));
  }
}

GlobalMemory::~GlobalMemory() {
  munmap(reinterpret_cast<void*>(base_), std::max<size_t>(1, regions_.size()) << slot_bits_);
  for (const Region& region : regions_)
    if (region.cells) {
      munmap(region.cells, cell_bytes_);
      break;
    }
}

void GlobalMemory::copy_back() const {
  for (const Region& region : regions_)
    if (region.written && region.bytes > 0)
      std::memcpy(region.original, region.begin, static_cast<size_t>(region.bytes));
}

}  // namespace hidet
