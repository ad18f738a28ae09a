// AccessCell: who last wrote a few bytes of memory, and who has read them since.
#pragma once

#include <cstdint>

namespace hidet {

// stamp 0: never.
struct AccessStamp {
  uint32_t stamp = 0;
  uint16_t actor = 0;
  uint16_t pending = 0;  // operations that are going to do this
  uint32_t site = 0;     // from the base of the kernel's code
};

struct AccessCell {
  AccessStamp write;
  AccessStamp read;   // the first since the write
  AccessStamp other;  // the last by another warp than that of `read`; else by another thread
};

// The cell of a buffer that several blocks reach; numbers of blocks count from 1.
struct GlobalCell {
  AccessCell in_block;  // of the block that came last
  uint32_t write_block = 0;
  uint32_t read_block = 0;  // kManyBlocks: several
};
constexpr uint32_t kManyBlocks = ~uint32_t{0};

// Sees: (actor, stamp) -> bool, whether that access comes before now.
// The access that conflicts, null where there is none.
template <class Sees>
const AccessStamp* conflict_of_read(const AccessCell& cell, uint16_t actor, Sees&& sees) {
  if (cell.write.stamp == 0 || cell.write.actor == actor || sees(cell.write)) return nullptr;
  return &cell.write;
}

template <class Sees>
const AccessStamp* conflict_of_write(const AccessCell& cell, uint16_t actor, Sees&& sees) {
  for (const AccessStamp* each : {&cell.write, &cell.read, &cell.other})
    if (each->stamp != 0 && each->actor != actor && !sees(*each)) return each;
  return nullptr;
}

inline void set_access(AccessStamp& to, uint16_t actor, uint32_t stamp, uint32_t site) {
  to.stamp = stamp;
  to.actor = actor;
  to.site = site;
}

template <class Sees>
void record_read(AccessCell& cell, uint16_t actor, uint32_t stamp, uint32_t site, Sees&& sees) {
  const bool replaces = cell.read.stamp == 0 || cell.read.actor == actor || sees(cell.read);
  set_access(replaces ? cell.read : cell.other, actor, stamp, site);
}

inline void record_write(AccessCell& cell, uint16_t actor, uint32_t stamp, uint32_t site) {
  set_access(cell.write, actor, stamp, site);
  cell.read.stamp = cell.other.stamp = 0;
}

}  // namespace hidet
