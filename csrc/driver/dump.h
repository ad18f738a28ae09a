// Dump: what options={"dump": DIR} writes: graphs, programs after every pass, kernel sources.
#pragma once

#include <string>

#include "graph/graph.h"
#include "passes/lower_cpu.h"

namespace hidet {

class Dump {
 public:
  // Empty: writes nothing. UserError when the directory cannot be made. Each compilation has a
  // numbered directory of its own below.
  explicit Dump(const std::string& directory);

  void text(const std::string& name, const std::string& content);
  void graph(const std::string& name, const Graph& graph);
  // Passes and source that follow belong to this kernel.
  void begin_kernel(const std::string& symbol);
  PassHook hook();
  void source(const std::string& text);

 private:
  std::string directory_;
  std::string kernel_;
  int kernels_ = 0, passes_ = 0;
};

}  // namespace hidet
