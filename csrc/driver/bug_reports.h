// BugReports: a bug of ours in a compilation becomes a message with all that reproduces it.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "passes/run_passes.h"
#include "target/target.h"

namespace hidet {

struct BugReports {
  // Where the program or graph may be written, the first that can be; empty ones are left out.
  // After them comes the folder for temporary files.
  std::vector<std::string> folders;

  // Throws InternalError: the problem, the file with the program before the pass, and the command
  // that replays it.
  [[noreturn]] void report(const PassError& error, const std::string& kernel,
                           const Target& target) const;
  // The same with the whole graph, for what lies outside of the passes.
  [[noreturn]] void report(const std::exception& error, const Graph& graph,
                           const Target& target) const;
};

}  // namespace hidet
