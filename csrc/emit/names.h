// Names: identifiers that are legal in C++ and unique among those that can be seen.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hidet {

class Names {
 public:
  Names();
  // A scope sees the names of those around it; the names of a scope that has ended are free again.
  void enter() { scopes_.emplace_back(); }
  void leave();
  // The hint, altered where it is no identifier or taken: x, x_2, x_3.
  std::string fresh(std::string_view hint);
  // A function of its own sees nothing of this one but what is reserved.
  void reserve(std::string_view name) { taken_.insert(std::string(name)); }

 private:
  std::set<std::string> taken_;
  std::vector<std::vector<std::string>> scopes_;
};

}  // namespace hidet
