// run_processes: several programs at once, without a shell.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace hidet {

// Cores that this process may use.
int available_cores();

struct ProcessResult {
  bool started = false;
  bool timed_out = false;  // and killed, with what it had started
  bool succeeded = false;  // exit status 0
  std::string output;      // standard output and error, at most 1 MiB
};

// The results in the order of the commands; at most `parallel` run at a time. The first word of a
// command is looked up in $PATH. `finished` is called on this thread after each.
std::vector<ProcessResult> run_processes(const std::vector<std::vector<std::string>>& commands,
                                         int parallel, double timeout_seconds,
                                         const std::function<void(size_t index)>& finished = {});

}  // namespace hidet
