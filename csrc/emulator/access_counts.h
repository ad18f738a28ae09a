// AccessCounts: what the accesses of a kernel's warps cost on a GPU: passes over the banks of
// shared memory, and sectors of global memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

namespace hidet {

// Of one place in the code.
struct AccessCost {
  int64_t requests = 0;  // accesses of a warp
  // Shared memory has 32 banks of 4 bytes; a pass reads or writes one word of each.
  int64_t passes = 0;
  int64_t least_passes = 0;  // what as many bytes take without conflicts
  // Global memory is fetched in sectors of 32 bytes.
  int64_t sectors = 0;
  int64_t least_sectors = 0;  // what as many different bytes fill
  int64_t used_bytes = 0;     // different ones of the sectors

  AccessCost& operator+=(const AccessCost& other);
};

struct AccessPlace {
  uint32_t site = 0;  // from the base of the kernel's code
  bool shared = false;
  bool writes = false;
  auto operator<=>(const AccessPlace&) const = default;
};

struct LaneAddress {
  int lane = 0;
  uint64_t address = 0;
};

// Cost of one access of a warp, of `bytes` each (1, 2, 4, 8, 16), its lanes in any order: the one
// in which a schedule let them run says nothing.
AccessCost cost_of_shared(const std::vector<LaneAddress>& accesses, int bytes);
AccessCost cost_of_global(const std::vector<LaneAddress>& accesses, int bytes);

// Counts the blocks of one OS thread. The n-th access of a lane at a place belongs together with
// the n-th of the other lanes of its warp there.
class AccessCounts {
 public:
  void begin_block(int threads);
  void add(int thread, AccessPlace place, uint64_t address, int bytes);
  void end_block();
  const std::map<AccessPlace, AccessCost>& costs() const { return costs_; }

 private:
  struct Request {
    int bytes = 0;
    std::vector<LaneAddress> accesses;
  };
  struct Warp {
    std::vector<Request> open;  // the first is number `first`
    size_t first = 0;
  };
  struct Slot {
    AccessPlace place;
    std::vector<uint32_t> accesses;  // of each thread
    std::vector<Warp> warps;
  };
  void close(const AccessPlace& place, const Request& request);

  int threads_ = 0;
  std::vector<Slot> slots_;
  std::unordered_map<uint64_t, size_t> slot_of_;
  std::map<AccessPlace, AccessCost> costs_;
};

}  // namespace hidet
