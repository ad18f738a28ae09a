#include "emulator/emulation_scope.h"

#include <mutex>
#include <utility>

namespace hidet {

namespace {

std::mutex mutex;
EmulationSettings settings;

EmulationSettings exchange(EmulationSettings next) {
  const std::lock_guard lock(mutex);
  return std::exchange(settings, std::move(next));
}

}  // namespace

EmulationScope::EmulationScope(EmulationSettings next) : before_(exchange(std::move(next))) {}
EmulationScope::~EmulationScope() { exchange(std::move(before_)); }

EmulationSettings EmulationScope::current() {
  const std::lock_guard lock(mutex);
  return settings;
}

}  // namespace hidet
