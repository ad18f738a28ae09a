#include "runtime/arena.h"

#include <map>

#include "base/checked.h"

namespace hidet {

ArenaLayout plan_arena(std::span<const ArenaEvent> events, std::span<const int64_t> sizes) {
  ArenaLayout layout;
  layout.offsets.assign(sizes.size(), 0);
  std::map<int64_t, int64_t> free;  // offset to size; never two that touch
  auto rounded = [&](int32_t buffer) {
    int64_t size = checked_add(sizes[buffer], kArenaAlignment - 1);
    return size / kArenaAlignment * kArenaAlignment;
  };
  for (const ArenaEvent& event : events) {
    int64_t size = rounded(event.buffer);
    if (size == 0) continue;
    int64_t& offset = layout.offsets[event.buffer];
    if (!event.begins) {
      auto after = free.emplace(offset, size).first;
      if (auto next = std::next(after); next != free.end() && offset + size == next->first) {
        after->second += next->second;
        free.erase(next);
      }
      if (after != free.begin())
        if (auto before = std::prev(after); before->first + before->second == offset) {
          before->second += after->second;
          free.erase(after);
        }
      continue;
    }
    auto best = free.end();
    for (auto it = free.begin(); it != free.end(); ++it)
      if (it->second >= size && (best == free.end() || it->second < best->second)) best = it;
    if (best == free.end() && !free.empty()) {
      // The last piece grows when it lies at the end.
      auto last = std::prev(free.end());
      if (last->first + last->second == layout.bytes) best = last;
    }
    offset = best == free.end() ? layout.bytes : best->first;
    int64_t room = best == free.end() ? 0 : best->second;
    if (best != free.end()) free.erase(best);
    if (room > size) free.emplace(offset + size, room - size);
    layout.bytes = std::max(layout.bytes, checked_add(offset, size));
  }
  return layout;
}

}  // namespace hidet
