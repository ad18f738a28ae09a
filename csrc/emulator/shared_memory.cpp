#include "emulator/shared_memory.h"

#include <sys/mman.h>

#include "base/error.h"

namespace hidet {

SharedMemory::SharedMemory() : cells_(kCapacity >> shift_) {
  void* mapping = mmap(nullptr, kCapacity + 2 * kGuard, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  HIDET_ASSERT(mapping != MAP_FAILED, "no memory for the shared memory of a block");
  data_ = static_cast<unsigned char*>(mapping) + kGuard;
  mprotect(data_, kCapacity, PROT_READ | PROT_WRITE);
}

SharedMemory::~SharedMemory() { munmap(data_ - kGuard, kCapacity + 2 * kGuard); }

void SharedMemory::refine(int shift) {
  if (shift >= shift_) return;
  std::vector<AccessCell> finer(kCapacity >> shift);
  for (size_t i = 0; i < finer.size(); i++) finer[i] = cells_[i >> (shift_ - shift)];
  cells_ = std::move(finer);
  shift_ = shift;
}

}  // namespace hidet
