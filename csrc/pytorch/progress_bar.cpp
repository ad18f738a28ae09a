#include "pytorch/progress_bar.h"

#include <unistd.h>
#include "base/format.h"

#include <cstdio>

namespace hidet {

ProgressBar::ProgressBar(bool enabled)
    : start_(std::chrono::steady_clock::now()), enabled_(enabled && isatty(STDERR_FILENO)) {}

ProgressBar::~ProgressBar() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::update(int done, int total) {
  if (!enabled_ || total <= 0) return;
  if (std::chrono::steady_clock::now() - start_ < std::chrono::seconds(2)) return;
  constexpr int kWidth = 30;
  const int filled = kWidth * done / total;
  const std::string bar = hidet::format("\rhidet: compiling kernels [{:#<{}}{:.<{}}] {}/{}", "",
                                        filled, "", kWidth - filled, done, total);
  std::fputs(bar.c_str(), stderr);
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace hidet
