#include "mapping/bank_conflicts.h"

#include <array>
#include <set>

namespace hidet {

namespace {

constexpr int64_t kWarpSize = 32;
constexpr int64_t kBanks = 32;
constexpr int64_t kWordBytes = 4;

// The byte address of each access of a worker, one per vector of tasks.
std::vector<int64_t> addresses_of(const TaskMapping<int64_t>& mapping, int64_t worker,
                                  const Layout<int64_t>& layout, int64_t element_bytes,
                                  int64_t vector_width) {
  const auto tasks = mapping.tasks(worker);
  std::vector<int64_t> addresses;
  for (size_t i = 0; i < tasks.size(); ++i) {
    const int64_t offset = layout.offset(tasks[i]);
    const int64_t lane_in_vector = static_cast<int64_t>(i) % vector_width;
    if (lane_in_vector == 0) {
      HIDET_REQUIRE(offset % vector_width == 0, "an access of {} elements at offset {}",
                    vector_width, offset);
      addresses.push_back(offset * element_bytes);
    } else {
      HIDET_REQUIRE((offset - lane_in_vector) * element_bytes == addresses.back(),
                    "worker {}: task {} is not adjacent to the one before", worker, i);
    }
  }
  return addresses;
}

// The most different words that one bank has to deliver.
int64_t words_in_one_bank(const std::vector<int64_t>& addresses, int64_t bytes) {
  std::array<std::set<int64_t>, kBanks> words;
  for (int64_t address : addresses) {
    for (int64_t word = address / kWordBytes; word * kWordBytes < address + bytes; ++word) {
      words[word % kBanks].insert(word);
    }
  }
  size_t most = 0;
  for (const auto& bank : words) most = std::max(most, bank.size());
  return static_cast<int64_t>(most);
}

}  // namespace

BankConflicts bank_conflicts(const TaskMapping<int64_t>& mapping, const Layout<int64_t>& layout,
                             int64_t element_bytes, int64_t vector_width) {
  const int64_t bytes = element_bytes * vector_width;
  HIDET_REQUIRE(bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8 || bytes == 16,
                "no access of {} bytes exists", bytes);
  HIDET_REQUIRE(mapping.local_size() % vector_width == 0,
                "{} tasks a worker are no multiple of the vector width {}", mapping.local_size(),
                vector_width);
  const int64_t lanes_per_pass = std::min(kWarpSize, kBanks * kWordBytes / bytes);
  BankConflicts result;
  for (int64_t warp = 0; warp < mapping.workers(); warp += kWarpSize) {
    const int64_t lanes = std::min(kWarpSize, mapping.workers() - warp);
    std::vector<std::vector<int64_t>> addresses;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      addresses.push_back(addresses_of(mapping, warp + lane, layout, element_bytes, vector_width));
    }
    for (size_t access = 0; access < addresses[0].size(); ++access) {
      ++result.instructions;
      for (int64_t first = 0; first < lanes; first += lanes_per_pass) {
        std::vector<int64_t> pass;
        for (int64_t lane = first; lane < std::min(lanes, first + lanes_per_pass); ++lane) {
          pass.push_back(addresses[lane][access]);
        }
        const int64_t words = words_in_one_bank(pass, bytes);
        ++result.passes;
        result.conflicts += words - 1;
        result.worst = std::max(result.worst, words);
      }
    }
  }
  return result;
}

}  // namespace hidet
