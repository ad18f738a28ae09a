// A progress bar on a terminal, for compilations that take long enough to be noticed.
#pragma once

#include <chrono>

namespace hidet {

class ProgressBar {
 public:
  // Nothing is shown unless `enabled`, standard error is a terminal, and two seconds have passed.
  explicit ProgressBar(bool enabled);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  void update(int done, int total);

 private:
  std::chrono::steady_clock::time_point start_;
  bool enabled_;
  bool shown_ = false;
};

}  // namespace hidet
