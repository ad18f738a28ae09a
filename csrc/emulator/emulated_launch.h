// EmulatedLaunch: a kernel's code with everything of one launch of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <string>

#include "emulator/access_counts.h"
#include "emulator/finding.h"
#include "emulator/global_memory.h"
#include "emulator/line_table.h"
#include "emulator/schedule.h"

namespace hidet {

// Calls the kernel for the thread that runs.
using EmulatedEntry = void (*)(const uint64_t* arguments);

struct EmulatedCode {
  std::string symbol;
  std::string text;  // as emitted
  EmulatedEntry entry = nullptr;
  uintptr_t base = 0;  // where its shared object lies
  uintptr_t end = 0;
  LineTable lines;

  // Of the kernel's text; 0: none of its lines.
  int line_of(CodeAddress site) const;
  // A line of the text without its indentation; empty where there is none.
  std::string text_of(int line) const;
};

struct EmulatedLaunch {
  const EmulatedCode* code = nullptr;
  const uint64_t* arguments = nullptr;
  uint32_t grid[3] = {1, 1, 1};
  int threads = 1;
  int64_t shared_bytes = 0;
  Schedule schedule;
  GlobalMemory* global = nullptr;
  int64_t counted_blocks = 0;  // the first ones: the costs of their accesses are counted

  int64_t blocks() const { return int64_t{grid[0]} * grid[1] * grid[2]; }
};

// Shared by the OS threads that run blocks of a launch.
class LaunchOutcome {
 public:
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
  // The first one is kept; no further block begins.
  void stop(Finding finding);
  // A bug of ours.
  void stop(std::exception_ptr error);
  // Rethrows it.
  const std::optional<Finding>& finding() const;
  void add(const std::map<AccessPlace, AccessCost>& costs);
  const std::map<AccessPlace, AccessCost>& costs() const { return costs_; }

 private:
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::optional<Finding> finding_;
  std::exception_ptr error_;
  std::map<AccessPlace, AccessCost> costs_;
};

}  // namespace hidet
