// occupancy: how many blocks of a kernel run on one multiprocessor at once.
#pragma once

#include <string_view>

#include "target/target.h"

namespace hidet {

struct Occupancy {
  int blocks = 0;  // on a multiprocessor; 0: not even one fits
  int warps = 0;   // of these blocks
  // What bounds it: "registers", "shared memory", "threads" or "blocks".
  std::string_view limit;
};

// threads: of a block; registers: of a thread; shared_bytes: of a block, static and dynamic,
// without what the system keeps.
Occupancy occupancy(const CudaDevice& device, int threads, int registers, int64_t shared_bytes);

}  // namespace hidet
