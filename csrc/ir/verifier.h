// What the parts of the verifier share.
#pragma once

#include <algorithm>

#include "ir/print.h"
#include "ir/program.h"

namespace hidet {

class Problems {
 public:
  void add(Stmt s, const std::string& what) {
    const std::string message = s ? hidet::format("{}: {}", what, print_head(s)) : what;
    if (std::find(list_.begin(), list_.end(), message) == list_.end()) list_.push_back(message);
  }
  // Adds `what` unless the condition holds, which it returns.
  bool require(bool condition, Stmt s, const std::string& what) {
    if (!condition) add(s, what);
    return condition;
  }
  bool empty() const { return list_.empty(); }
  std::vector<std::string> take() { return std::move(list_); }

 private:
  std::vector<std::string> list_;
};

inline bool is_gpu(const Program& program) {
  return program.target.starts_with("sm_");
}
const Site* find_site(const Program& program, const std::string& name);

// Each adds what it finds.
void verify_names(const Program& program, Problems& problems);
void verify_tiles(const Program& program, Problems& problems);
void verify_mma(Stmt s, const Mma& node, const Program& program, Problems& problems);
void verify_async(const Program& program, Problems& problems);

}  // namespace hidet
