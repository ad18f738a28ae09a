#include "emulator/access_counts.h"

#include <algorithm>
#include <array>

namespace hidet {

namespace {

constexpr int kWarp = 32, kBanks = 32, kBankBytes = 4, kSectorBytes = 32;

}  // namespace

AccessCost& AccessCost::operator+=(const AccessCost& other) {
  requests += other.requests;
  passes += other.passes;
  least_passes += other.least_passes;
  sectors += other.sectors;
  least_sectors += other.least_sectors;
  used_bytes += other.used_bytes;
  return *this;
}

// Lanes go together as far as their bytes fill the banks: 32, of 8 bytes 16, of 16 bytes 8. Lanes
// that want the same word share it.
AccessCost cost_of_shared(const std::vector<LaneAddress>& accesses, int bytes) {
  AccessCost cost{.requests = 1};
  const int together = kWarp / std::max(1, bytes / kBankBytes);
  for (int begin = 0; begin < kWarp; begin += together) {
    std::vector<uint64_t> words;
    for (const auto& [lane, address] : accesses) {
      if (lane < begin || lane >= begin + together) continue;
      const uint64_t last = (address + static_cast<uint64_t>(bytes) - 1) / kBankBytes;
      for (uint64_t word = address / kBankBytes; word <= last; word++) words.push_back(word);
    }
    if (words.empty()) continue;
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    std::array<int, kBanks> in_bank{};
    for (const uint64_t word : words) in_bank[word % kBanks]++;
    cost.passes += *std::max_element(in_bank.begin(), in_bank.end());
    cost.least_passes++;
  }
  return cost;
}

AccessCost cost_of_global(const std::vector<LaneAddress>& accesses, int bytes) {
  AccessCost cost{.requests = 1};
  std::vector<uint64_t> sorted;
  for (const LaneAddress& each : accesses) sorted.push_back(each.address);
  std::sort(sorted.begin(), sorted.end());
  uint64_t end = 0, next_sector = 0;  // of what is counted
  for (const uint64_t address : sorted) {
    const uint64_t last = address + static_cast<uint64_t>(bytes);
    if (last > end) cost.used_bytes += static_cast<int64_t>(last - std::max(address, end));
    end = std::max(end, last);
    for (uint64_t sector = std::max(address / kSectorBytes, next_sector);
         sector <= (last - 1) / kSectorBytes; sector++) {
      cost.sectors++;
      next_sector = sector + 1;
    }
  }
  cost.least_sectors = (cost.used_bytes + kSectorBytes - 1) / kSectorBytes;
  return cost;
}

void AccessCounts::begin_block(int threads) {
  threads_ = threads;
  slots_.clear();
  slot_of_.clear();
}

void AccessCounts::add(int thread, AccessPlace place, uint64_t address, int bytes) {
  const uint64_t key = uint64_t{place.site} << 2 | uint64_t{place.shared} << 1 | place.writes;
  const auto [found, is_new] = slot_of_.try_emplace(key, slots_.size());
  if (is_new) {
    Slot& slot = slots_.emplace_back();
    slot.place = place;
    slot.accesses.resize(static_cast<size_t>(threads_));
    slot.warps.resize(static_cast<size_t>((threads_ + kWarp - 1) / kWarp));
  }
  Slot& slot = slots_[found->second];
  const size_t number = slot.accesses[static_cast<size_t>(thread)]++;
  Warp& warp = slot.warps[static_cast<size_t>(thread / kWarp)];
  const LaneAddress access{thread % kWarp, address};
  if (number < warp.first) return close(place, {bytes, {access}});  // the others have gone on
  const size_t at = number - warp.first;
  if (at >= warp.open.size()) warp.open.resize(at + 1);
  Request& request = warp.open[at];
  request.bytes = bytes;
  request.accesses.push_back(access);
  const auto lanes = static_cast<size_t>(std::min(kWarp, threads_ - thread / kWarp * kWarp));
  if (request.accesses.size() < lanes) return;
  // Whole; those before it that are not will not be: a lane left some out.
  for (size_t i = 0; i <= at; i++) close(place, warp.open[i]);
  warp.open.erase(warp.open.begin(), warp.open.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  warp.first += at + 1;
}

void AccessCounts::close(const AccessPlace& place, const Request& request) {
  if (request.accesses.empty()) return;
  costs_[place] += place.shared ? cost_of_shared(request.accesses, request.bytes)
                                : cost_of_global(request.accesses, request.bytes);
}

void AccessCounts::end_block() {
  for (const Slot& slot : slots_)
    for (const Warp& warp : slot.warps)
      for (const Request& request : warp.open) close(slot.place, request);
  slots_.clear();
  slot_of_.clear();
}

}  // namespace hidet
