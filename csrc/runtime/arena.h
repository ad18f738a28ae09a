// plan_arena: where temporaries lie that share one piece of memory.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hidet {

constexpr int64_t kArenaAlignment = 64;  // bytes

// In the order of the steps: `buffer` begins to live, or ends.
struct ArenaEvent {
  int32_t buffer;
  bool begins;
};

struct ArenaLayout {
  std::vector<int64_t> offsets;  // bytes, of each buffer
  int64_t bytes = 0;             // of the whole
};

// Best fit. `sizes`: bytes of each buffer; those that live at once do not overlap. UserError when
// the whole leaves 64 bits.
ArenaLayout plan_arena(std::span<const ArenaEvent> events, std::span<const int64_t> sizes);

}  // namespace hidet
