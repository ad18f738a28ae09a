#include "emulator/group_products.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace hidet {

std::array<float*, 128> GroupProducts::stored(Sums& sums) {
  std::array<float*, 128> threads;
  for (size_t thread = 0; thread < 128; ++thread)
    threads[thread] = &sums.values[thread * static_cast<size_t>(sums.count)];
  return threads;
}

void GroupProducts::perform(Product& product) {
  if (product.is_done) return;
  group_product(product.operands, product.blocks, stored(sums_.at(product.key)));
  product.is_done = true;
}

std::string GroupProducts::issue(const GroupProductOperands& operands,
                                 const std::array<float*, 128>& registers, bool is_done_now,
                                 SharedBlocks blocks) {
  if (std::string error = group_product_error(operands); !error.empty()) return error;
  const int count = operands.columns / 2;
  float* key = registers[0];
  const auto found = sums_.find(key);
  if (found == sums_.end()) {
    Sums sums{.registers = registers, .count = count, .values = {}, .under_way = 1};
    sums.values.resize(static_cast<size_t>(count) * 128);
    const auto values = stored(sums);
    for (size_t thread = 0; thread < 128; ++thread)
      std::memcpy(values[thread], registers[thread], static_cast<size_t>(count) * sizeof(float));
    const auto left = left_.find(key);
    const bool is_as_left = left != left_.end() && left->second.registers == registers &&
                            left->second.values.size() == sums.values.size() &&
                            std::memcmp(left->second.values.data(), sums.values.data(),
                                        sums.values.size() * sizeof(float)) == 0;
    if (!is_fenced_ && !is_as_left)
      return "no wgmma fence since threads wrote the registers of the sums";
    if (left != left_.end()) left_.erase(left);
    sums_.emplace(key, std::move(sums));
    for (float* thread : registers) std::fill_n(thread, count, std::bit_cast<float>(kNotThere));
  } else if (found->second.count != count || found->second.registers != registers) {
    return "sums of another shape are under way in these registers";
  } else {
    ++found->second.under_way;
  }
  products_.push_back({operands, std::move(blocks), key, group_, false});
  if (is_done_now)
    for (Product& product : products_) perform(product);
  return "";
}

std::string GroupProducts::wait(int leaving) {
  for (; !products_.empty() && products_.front().group < group_ - leaving; products_.pop_front()) {
    Product& product = products_.front();
    perform(product);
    Sums& sums = sums_.at(product.key);
    if (--sums.under_way > 0) continue;
    const auto values = stored(sums);
    for (size_t thread = 0; thread < 128; ++thread)
      for (int i = 0; i < sums.count; ++i) {
        float& there = sums.registers[thread][i];
        if (std::bit_cast<uint32_t>(there) != kNotThere)
          return hidet::format(
              "register {} of the sums of the warpgroup's thread {} was written "
              "before the wait",
              i, thread);
        there = values[thread][i];
      }
    left_.insert_or_assign(product.key, std::move(sums));
    sums_.erase(product.key);
    is_fenced_ = false;
  }
  return "";
}

}  // namespace hidet
