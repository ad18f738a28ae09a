// Turns: runs functions on threads of their own, one at a time and in a fixed order; each goes on
// until it waits for something or ends.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "interp/scalar.h"

namespace hidet {

class Turns {
 public:
  // Runs all to their ends. An exception of one ends the others and is thrown.
  void run(const std::vector<std::function<void()>>& bodies);
  // Called by the one whose turn it is: lets the others go on until `ready`. Throws InterpretError
  // with `what` when all wait and nothing changes any more.
  void wait_until(const std::function<bool()>& ready, const std::string& what);
  // Something that `ready` may depend on has changed.
  void changed() { ++changes_; }

 private:
  struct Stopped {};
  void body(size_t self, const std::function<void()>& function);
  void pass_on(std::unique_lock<std::mutex>& lock, size_t self);

  std::mutex mutex_;
  std::condition_variable turn_;
  size_t current_ = 0;
  std::vector<bool> ended_;
  std::vector<uint64_t> waits_since_;  // changes_ when it last found itself not ready
  uint64_t changes_ = 1;
  std::exception_ptr failure_;
};

}  // namespace hidet
