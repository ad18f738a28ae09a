#include "emulator/clock.h"

#include <algorithm>

namespace hidet {

namespace {

void see_in(std::vector<uint32_t>& seen, size_t index, uint32_t stamp) {
  if (seen.size() <= index) seen.resize(index + 1);
  seen[index] = std::max(seen[index], stamp);
}

void join_into(std::vector<uint32_t>& seen, const std::vector<uint32_t>& other) {
  if (seen.size() < other.size()) seen.resize(other.size());
  for (size_t i = 0; i < other.size(); i++) seen[i] = std::max(seen[i], other[i]);
}

}  // namespace

bool Clock::sees(int actor, uint32_t stamp) const {
  if (actor < kFirstUnit && stamp <= floor_) return true;
  const std::vector<uint32_t>& seen = actor < kFirstUnit ? threads_ : units_;
  const auto index = static_cast<size_t>(actor < kFirstUnit ? actor : actor - kFirstUnit);
  return index < seen.size() && stamp <= seen[index];
}

void Clock::raise(uint32_t stamp) { floor_ = std::max(floor_, stamp); }

void Clock::see(int actor, uint32_t stamp) {
  if (actor < kFirstUnit)
    see_in(threads_, static_cast<size_t>(actor), stamp);
  else
    see_in(units_, static_cast<size_t>(actor - kFirstUnit), stamp);
}

void Clock::join(const Clock& other) {
  raise(other.floor_);
  join_into(threads_, other.threads_);
  join_into(units_, other.units_);
}

void Clock::join_units(const Clock& other) { join_into(units_, other.units_); }

void Clock::clear() { *this = Clock(); }

}  // namespace hidet
