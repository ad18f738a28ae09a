// Accesses of a block to the buffers of its kernel, which other blocks reach as well.
#include <atomic>
#include <cstring>

#include "base/error.h"
#include "emulator/block_runner.h"

namespace hidet {

void BlockRunner::check_global(Kind kind, GlobalMemory::Region& region, const void* address,
                               int64_t bytes, int alignment, CodeAddress site) {
  const int64_t offset = static_cast<const unsigned char*>(address) - region.begin;
  if (offset < 0 || offset + bytes > region.bytes) fail_out_of_bounds(kind, address, bytes, site);
  const auto name = [&] {
    return hidet::format("byte {} of buffer {}", offset, region.buffers.front());
  };
  if (reinterpret_cast<uintptr_t>(address) & static_cast<uintptr_t>(alignment - 1))
    fail(Check::alignment, hidet::format("{} {} bytes at {}", verb_of(kind), bytes, name()), site,
         address);
  if (kind != Kind::write) {
    const auto first = reinterpret_cast<uintptr_t>(address) & ~uintptr_t{3};
    for (uintptr_t word = first;
         word < reinterpret_cast<uintptr_t>(address) + static_cast<uintptr_t>(bytes); word += 4) {
      uint32_t value;
      std::memcpy(&value, reinterpret_cast<const void*>(word), sizeof(value));
      if (value == kUnwritten)
        fail(Check::initialisation,
             hidet::format("{} {}, which nobody has written", verb_of(kind), name()), site,
             address);
    }
  }
  if (!region.written) {
    if (kind == Kind::read) return;
    fail(Check::bounds, hidet::format("{} {}, which is read only", verb_of(kind), name()), site,
         address);
  }
  if (kind == Kind::atomic) return;
  const int self = actor();
  const View& view = sight_of(self);
  const auto actor16 = static_cast<uint16_t>(self);
  const auto seen = [&](const AccessStamp& access) { return sees(view, self, access); };
  const auto mine = static_cast<uint32_t>(block_ + 1);
  GlobalCell* const end = region.cells + ((offset + bytes - 1) >> region.shift) + 1;
  for (GlobalCell* cell = region.cells + (offset >> region.shift); cell != end; ++cell) {
    // Other blocks run on other threads meanwhile; each tells first what it does, then looks.
    std::atomic_ref writer(cell->write_block);
    std::atomic_ref reader(cell->read_block);
    uint32_t other = 0;
    bool other_writes = true;
    if (kind == Kind::read) {
      uint32_t before = reader.load(std::memory_order_relaxed);
      if (before != mine && before != kManyBlocks) reader.exchange(before ? kManyBlocks : mine);
      other = writer.load();
    } else {
      other = writer.load(std::memory_order_relaxed);
      if (other != mine) {
        other = writer.exchange(mine);
        cell->in_block = {};
      }
      const uint32_t before = reader.load();
      if ((other == 0 || other == mine) && before != 0 && before != mine)
        other = before, other_writes = false;
    }
    if (other != 0 && other != mine)
      fail(
          Check::races,
          hidet::format("{} {}, which {} {} too, and nothing orders the two", verb_of(kind), name(),
                        other == kManyBlocks ? std::string("other blocks")
                                             : hidet::format("block {}", other - 1),
                        other_writes           ? "writes"
                        : other == kManyBlocks ? "read"
                                               : "reads"),
          site, address);
    AccessCell& inner = cell->in_block;
    if (const AccessStamp* conflict = kind == Kind::read ? conflict_of_read(inner, actor16, seen)
                                                         : conflict_of_write(inner, actor16, seen))
      fail_race(kind, *conflict, conflict == &inner.write, name(), site);
    if (kind == Kind::read)
      record_read(inner, actor16, now_, compact(site), seen);
    else
      record_write(inner, actor16, now_, compact(site));
  }
}

}  // namespace hidet
