// Dump: what options={"dump": DIR} writes: graphs, programs after every pass, kernel sources, and
// the commands that replay them.
#pragma once

#include <string>

#include "graph/graph.h"
#include "passes/run_passes.h"

namespace hidet {

class Dump {
 public:
  // Empty: writes nothing. UserError when the directory cannot be made. Each compilation has a
  // numbered directory of its own below.
  explicit Dump(const std::string& directory);

  // Where this compilation's files are; empty: nowhere.
  const std::string& directory() const { return directory_; }
  void text(const std::string& name, const std::string& content);
  void graph(const std::string& name, const Graph& graph);

  // Programs and source that follow belong to this kernel: kernels/SYMBOL, with a number when there
  // are several. `nodes`: the operators that it computes.
  void begin_kernel(const std::string& symbol, const std::string& target,
                    const std::vector<std::string>& nodes);
  // kernels/SYMBOL/NN_PASS.txt, and the command that replays the first one that can be.
  void program(std::string_view pass, const Program& program);
  // kernels/SYMBOL/kernel.cpp: after comments that say what the arguments are.
  void source(const std::string& text);

 private:
  std::string directory_;
  std::string folder_, symbol_, target_, comment_;  // of the kernel
  int passes_ = 0;
};

}  // namespace hidet
