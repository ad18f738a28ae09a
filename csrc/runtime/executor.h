// Executor: carries out a plan. Any number of threads may run it at once.
//
// On a CUDA device all is asynchronous, on the current stream. The first call on it loads the
// kernels and waits for the constants that it makes, as does a call that finds a weight changed;
// no other waits, loads or takes memory from anything but the host's allocator, so that it may be
// captured for a CUDA graph.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/code_library.h"
#include "runtime/host.h"
#include "runtime/plan.h"

namespace hidet {

// Of one launch or ATen call.
struct StepTime {
  std::string label;  // of the step
  std::string name;   // of the kernel or the operator
  bool generated;     // a kernel of ours
  double seconds;
  std::string key;            // of the kernel
  int64_t multiply_adds = 0;  // of the launch; 0: memory is what it waits for
  int64_t bytes = 0;          // of the launch's operands, each read or written once
};

class Executor {
 public:
  // `kernels` parallel to plan.kernels. `host` outlives the executor. The plan is verified.
  // UserError when an operator is not there.
  Executor(Plan plan, std::vector<LoadedKernel> kernels, Host& host);
  ~Executor();
  Executor(const Executor&) = delete;

  const Plan& plan() const;
  Device device() const;  // device_of(plan())

  // `arguments` are borrowed. The handles in `results` are the caller's. UserError: an argument is
  // not what the plan was made for (it says which and how), an index is out of range. With `times`,
  // appends one entry for each launch and ATen call.
  void run(std::span<const CallValue> arguments, std::span<CallValue> results,
           std::vector<StepTime>* times = nullptr);

  // Makes the constants anew at the next call: a weight was changed in a way that leaves no trace.
  void refresh();
  // Bytes in constants and in arenas kept for the next call.
  struct Memory {
    size_t constant_bytes = 0;
    size_t arena_bytes = 0;
  };
  Memory memory() const;
  // How often recipes were run, for tests and explain().
  int64_t recipe_runs() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace hidet
