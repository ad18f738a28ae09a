#include "emulator/emulation_log.h"

namespace hidet {

void EmulationLog::add(const EmulatedLaunch& launch, const LaunchOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  const EmulatedCode& code = *launch.code;
  const auto [found, is_new] = index_.try_emplace(code.text, kernels_.size());
  if (is_new) kernels_.push_back({.symbol = code.symbol, .text = code.text});
  Kernel& kernel = kernels_[found->second];
  kernel.launches++;
  kernel.blocks += launch.blocks();
  for (const auto& [place, cost] : outcome.costs()) {
    const auto* site = reinterpret_cast<CodeAddress>(code.base + place.site);
    kernel.costs[{code.line_of(site), place.shared, place.writes}] += cost;
  }
  if (outcome.finding()) findings_.push_back(*outcome.finding());
}

std::vector<EmulationLog::Kernel> EmulationLog::kernels() const {
  const std::lock_guard lock(mutex_);
  return kernels_;
}

std::vector<Finding> EmulationLog::findings() const {
  const std::lock_guard lock(mutex_);
  return findings_;
}

}  // namespace hidet
