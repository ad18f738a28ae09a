// Accesses of the threads and units of a block: bounds, alignment, initialisation, races, pending
// operations.
#include <algorithm>

#include "base/error.h"
#include "emulator/block_runner.h"

namespace hidet {

namespace {

constexpr int kWarp = 32;

}  // namespace

bool BlockRunner::sees(const View& view, int self, const AccessStamp& access) const {
  if (access.stamp < start_) return true;  // of an earlier block
  if (access.actor < kFirstUnit) {
    if (access.stamp <= view.floor) return true;
    if (self < kFirstUnit && access.actor / kWarp == self / kWarp &&
        access.stamp <= view.warp_floor)
      return true;
  }
  return view.seen && view.seen->sees(access.actor, access.stamp);
}

// The usual cases, which break no rule: shared memory whose last writer is known to have come
// before by a barrier of the block, and reads of buffers that nobody writes.
template <BlockRunner::Kind kind>
bool BlockRunner::check_quickly(const void* address, int64_t bytes, CodeAddress site) {
  const auto offset = static_cast<uint64_t>(shared_.offset(address));
  const auto mask = static_cast<uint64_t>(bytes - 1);
  if (offset + mask < static_cast<uint64_t>(launch_->shared_bytes)) {
    const int shift = shared_.shift();
    if ((offset & mask) != 0 || mask + 1 < uint64_t{1} << shift || !pending_.empty() || actor_ >= 0)
      return false;
    const uint32_t floor = lanes_[current_].sight.floor;
    const auto self = static_cast<uint16_t>(current_);
    const uint32_t where = compact(site);
    AccessCell* const first = shared_.cells() + (offset >> shift);
    AccessCell* const end = first + ((mask + 1) >> shift);
    for (AccessCell* cell = first; cell != end; ++cell) {
      const AccessStamp& write = cell->write;
      if (write.stamp > floor && write.actor != self) return false;
      if constexpr (kind == Kind::read) {
        if (write.stamp < start_) return false;
        const bool replaces = cell->read.stamp <= floor || cell->read.actor == self;
        set_access(replaces ? cell->read : cell->other, self, now_, where);
      } else {
        if ((cell->read.stamp > floor && cell->read.actor != self) ||
            (cell->other.stamp > floor && cell->other.actor != self))
          return false;
        record_write(*cell, self, now_, where);
      }
    }
    return true;
  }
  if constexpr (kind == Kind::read) {
    const GlobalMemory::Region* region = launch_->global->near(address);
    if (!region || region->written) return false;
    const auto at = reinterpret_cast<uintptr_t>(address);
    const auto place = static_cast<uint64_t>(at - reinterpret_cast<uintptr_t>(region->begin));
    if (place + mask >= static_cast<uint64_t>(region->bytes) || (at & mask) != 0) return false;
    const auto* word = reinterpret_cast<const uint32_t*>(at & ~uintptr_t{3});
    for (const auto* last = reinterpret_cast<const uint32_t*>(at + mask); word <= last; ++word)
      if (*word == kUnwritten) return false;
    return true;
  }
  return false;
}

void BlockRunner::read_by_code(const void* address, int64_t bytes, CodeAddress site) {
  BlockRunner& self = here();
  if (!self.check_quickly<Kind::read>(address, bytes, site))
    self.check(Kind::read, address, bytes, static_cast<int>(bytes), site, false);
  if (self.counts_) self.count(Kind::read, address, bytes, site);
}
void BlockRunner::write_by_code(void* address, int64_t bytes, CodeAddress site) {
  BlockRunner& self = here();
  if (!self.check_quickly<Kind::write>(address, bytes, site))
    self.check(Kind::write, address, bytes, static_cast<int>(bytes), site, false);
  if (self.counts_) self.count(Kind::write, address, bytes, site);
}

void BlockRunner::count(Kind kind, const void* address, int64_t bytes, CodeAddress site) {
  if (actor() >= launch_->threads || bytes > 16) return;  // a unit has paths of its own
  const bool shared = shared_.is_near(address);
  if (!shared && !launch_->global->near(address)) return;
  counts_->add(
      actor(), {.site = compact(site), .shared = shared, .writes = kind != Kind::read},
      shared ? static_cast<uint64_t>(shared_.offset(address)) : reinterpret_cast<uint64_t>(address),
      static_cast<int>(bytes));
}

void BlockRunner::check(Kind kind, const void* address, int64_t bytes, int alignment,
                        CodeAddress site, bool through_async_proxy) {
  if (shared_.is_near(address))
    return check_shared(kind, shared_.offset(address), bytes, alignment, site, through_async_proxy);
  if (GlobalMemory::Region* region = launch_->global->near(address))
    return check_global(kind, *region, address, bytes, alignment, site);
  if (lanes_[current_].fiber->contains(address)) return;
  const auto number = reinterpret_cast<uintptr_t>(address);
  if (number >= launch_->code->base && number < launch_->code->end) return;
  // A payload on the stack of another thread, within a collective.
  for (const auto& fiber : fibers_)
    if (fiber->contains(address)) return;
  fail_out_of_bounds(kind, address, bytes, site);
}

void BlockRunner::check_shared(Kind kind, int64_t offset, int64_t bytes, int alignment,
                               CodeAddress site, bool through_async_proxy) {
  if (offset < 0 || offset + bytes > launch_->shared_bytes)
    fail_out_of_bounds(kind, shared_.data() + offset, bytes, site);
  if (offset & (alignment - 1))
    fail(Check::alignment,
         hidet::format("{} {} bytes at byte {} of shared memory", verb_of(kind), bytes, offset),
         site, shared_.data() + offset);
  const auto narrow = static_cast<uint64_t>(offset | bytes);
  if (narrow & ((uint64_t{1} << shared_.shift()) - 1)) shared_.refine(narrow & 1 ? 0 : 1);
  const int shift = shared_.shift();
  const int self = actor();
  const View& view = sight_of(self);
  const auto actor16 = static_cast<uint16_t>(self);
  const uint32_t where = compact(site);
  AccessCell* cell = shared_.cells() + (offset >> shift);
  AccessCell* const end = shared_.cells() + ((offset + bytes - 1) >> shift) + 1;
  const auto seen = [&](const AccessStamp& access) { return sees(view, self, access); };
  const bool has_pending = !pending_.empty();
  for (; cell != end; ++cell) {
    const auto here = [&] { return (cell - shared_.cells()) << shift; };
    if (has_pending && (cell->write.pending || (kind != Kind::read && cell->read.pending)))
      fail_pending(kind, here(), site);
    if (through_async_proxy) check_proxy(kind, *cell, here(), site);
    if (kind != Kind::write && cell->write.stamp < start_)
      fail(Check::initialisation,
           hidet::format("{} byte {} of shared memory, which nobody has written", verb_of(kind),
                         here()),
           site, shared_.data() + here());
    if (kind == Kind::atomic) continue;
    const AccessStamp* conflict = kind == Kind::read ? conflict_of_read(*cell, actor16, seen)
                                                     : conflict_of_write(*cell, actor16, seen);
    if (conflict)
      fail_race(kind, *conflict, conflict == &cell->write,
                hidet::format("byte {} of shared memory", here()), site);
    if (kind == Kind::read)
      record_read(*cell, actor16, now_, where, seen);
    else
      record_write(*cell, actor16, now_, where);
  }
}

void BlockRunner::check_read(const void* address, int64_t bytes, CodeAddress site, int alignment,
                             bool through_async_proxy) {
  check(Kind::read, address, bytes, alignment ? alignment : static_cast<int>(bytes), site,
        through_async_proxy);
  if (counts_) count(Kind::read, address, bytes, site);
}
void BlockRunner::check_write(void* address, int64_t bytes, CodeAddress site, int alignment,
                              bool through_async_proxy) {
  check(Kind::write, address, bytes, alignment ? alignment : static_cast<int>(bytes), site,
        through_async_proxy);
  if (counts_) count(Kind::write, address, bytes, site);
}

uint32_t BlockRunner::shared_offset(const void* address, CodeAddress site) {
  const int64_t offset = shared_.is_near(address) ? shared_.offset(address) : -1;
  if (offset < 0 || offset > launch_->shared_bytes)
    fail(Check::bounds, "takes an address that is not in shared memory for one that is", site,
         address);
  return static_cast<uint32_t>(offset);
}

void BlockRunner::fence_async_proxy() {
  sight_of(actor()).proxy_fence = now_++;
}

// What threads wrote, they must have fenced before units may touch it.
void BlockRunner::check_proxy(Kind kind, const AccessCell& cell, int64_t offset, CodeAddress site) {
  const AccessStamp& write = cell.write;
  if (write.stamp < start_ || write.actor >= kFirstUnit) return;
  if (write.stamp <= sight_of(write.actor).proxy_fence) return;
  fail(
      Check::waits,
      hidet::format("{} byte {} of shared memory through the asynchronous proxy; {} wrote it at {} "
                    "with no fence since",
                    verb_of(kind), offset, name_of_actor(write.actor), line_of(expand(write.site))),
      site, shared_.data() + offset);
}

void BlockRunner::mark_pending(const void* address, int64_t bytes, bool written, const char* what,
                               CodeAddress site) {
  const auto offset = static_cast<int64_t>(shared_offset(address, site));
  if (bytes <= 0) return;
  if (offset + bytes > launch_->shared_bytes)
    fail_out_of_bounds(written ? Kind::write : Kind::read, address, bytes, site);
  if ((offset | bytes) & ((1 << shared_.shift()) - 1)) shared_.refine((offset | bytes) & 1 ? 0 : 1);
  for (int64_t i = offset >> shared_.shift(); i <= (offset + bytes - 1) >> shared_.shift(); i++) {
    AccessCell& cell = shared_.cells()[i];
    (written ? cell.write : cell.read).pending++;
  }
  pending_.push_back({offset, offset + bytes, written, what, site, actor()});
}

void BlockRunner::clear_pending(const void* address, int64_t bytes) {
  const int64_t offset = shared_.offset(address);
  const auto found = std::find_if(pending_.begin(), pending_.end(), [&](const Pending& each) {
    return each.begin == offset && each.end == offset + bytes;
  });
  if (bytes <= 0) return;
  HIDET_ASSERT(found != pending_.end(), "nothing is pending at {}", offset);
  for (int64_t i = offset >> shared_.shift(); i <= (offset + bytes - 1) >> shared_.shift(); i++) {
    AccessCell& cell = shared_.cells()[i];
    (found->written ? cell.write : cell.read).pending--;
  }
  pending_.erase(found);
}

}  // namespace hidet
