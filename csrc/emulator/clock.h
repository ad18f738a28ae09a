// Clock: which accesses of a block's threads and units come before a point in its execution.
#pragma once

#include <cstdint>
#include <vector>

namespace hidet {

// Actors of a block: its threads by number, and from here on the units beside them that copy and
// multiply by themselves.
constexpr int kFirstUnit = 1024;

// Time is counted once for a block: it goes on with every synchronisation, and accesses are stamped
// with it. A clock says for each actor up to which stamp its accesses have been seen.
class Clock {
 public:
  bool sees(int actor, uint32_t stamp) const;
  // All threads up to `stamp`.
  void raise(uint32_t stamp);
  void see(int actor, uint32_t stamp);
  void join(const Clock& other);
  void join_units(const Clock& other);
  void clear();

  uint32_t floor() const { return floor_; }
  bool has_units() const { return !units_.empty(); }
  // Nothing is known beyond the floor.
  bool is_flat() const { return threads_.empty() && units_.empty(); }

 private:
  uint32_t floor_ = 0;             // of all threads
  std::vector<uint32_t> threads_;  // where more than the floor; may be short
  std::vector<uint32_t> units_;
};

}  // namespace hidet
