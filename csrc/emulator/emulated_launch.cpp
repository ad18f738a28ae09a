#include "emulator/emulated_launch.h"

#include <algorithm>
#include <sstream>

namespace hidet {

int EmulatedCode::line_of(CodeAddress site) const {
  const auto address = reinterpret_cast<uintptr_t>(site);
  if (address <= base || address >= end) return 0;
  // The call before the address to which it returns.
  const auto place = lines.find(address - 1 - base);
  return place && place->file == symbol ? place->line : 0;
}

std::string EmulatedCode::text_of(int line) const {
  std::istringstream lines(text);
  std::string found;
  for (int i = 0; i < line; i++)
    if (!std::getline(lines, found)) return "";
  return found.substr(std::min(found.size(), found.find_first_not_of(' ')));
}

void LaunchOutcome::stop(Finding finding) {
  const std::lock_guard lock(mutex_);
  stopped_.store(true, std::memory_order_relaxed);
  if (!finding_ || finding.block < finding_->block) finding_ = std::move(finding);
}

void LaunchOutcome::stop(std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  stopped_.store(true, std::memory_order_relaxed);
  if (!error_) error_ = std::move(error);
}

const std::optional<Finding>& LaunchOutcome::finding() const {
  if (error_) std::rethrow_exception(error_);
  return finding_;
}

void LaunchOutcome::add(const std::map<AccessPlace, AccessCost>& costs) {
  const std::lock_guard lock(mutex_);
  for (const auto& [place, cost] : costs) costs_[place] += cost;
}

}  // namespace hidet
