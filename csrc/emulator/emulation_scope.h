// EmulationScope: how kernels are emulated while it lives, and what is noted of them.
#pragma once

#include <memory>

#include "emulator/emulation_log.h"
#include "emulator/schedule.h"

namespace hidet {

struct EmulationSettings {
  Schedule schedule;
  std::shared_ptr<EmulationLog> log;  // null: nothing is noted
  int64_t counted_blocks = 0;         // of each launch
};

// Of the whole process; scopes nest, and are not opened on several threads at once.
class EmulationScope {
 public:
  explicit EmulationScope(EmulationSettings settings);
  ~EmulationScope();
  EmulationScope(const EmulationScope&) = delete;

  static EmulationSettings current();

 private:
  EmulationSettings before_;
};

}  // namespace hidet
