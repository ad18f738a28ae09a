// EmulationLog: what is noted of the kernels that were emulated.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "emulator/emulated_launch.h"

namespace hidet {

class EmulationLog {
 public:
  // Of one line of a kernel's text, reads or writes of one kind of memory.
  struct Place {
    int line = 0;
    bool shared = false;
    bool writes = false;
    auto operator<=>(const Place&) const = default;
  };
  struct Kernel {
    std::string symbol;
    int64_t launches = 0;
    int64_t blocks = 0;
    std::string text;
    std::map<Place, AccessCost> costs;
  };

  void add(const EmulatedLaunch& launch, const LaunchOutcome& outcome);
  // In the order of their first launches.
  std::vector<Kernel> kernels() const;
  std::vector<Finding> findings() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Kernel> kernels_;
  std::map<std::string, size_t> index_;  // by text: a symbol may have several
  std::vector<Finding> findings_;
};

}  // namespace hidet
