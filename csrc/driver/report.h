// CompileReport: what became of a graph, for explain() and dumps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hidet {

struct CompileReport {
  // Of a kernel for a CUDA target.
  struct CudaUse {
    int registers = 0;  // of a thread; 0: unknown, as are the rest
    int spill_bytes = 0;
    int stack_bytes = 0;  // of a thread, in local memory
    int threads = 0;      // of a block
    int64_t shared_bytes = 0;
    int blocks = 0;        // on a multiprocessor at once
    double occupancy = 0;  // share of the threads that it could have
    std::string limit;     // what bounds it
    // What the cost model expects of one launch, sizes that are symbols at their hints.
    double predicted_seconds = 0;
    std::vector<std::string> advisories;  // what the assembler found to be slower than written
  };
  struct Kernel {
    std::string symbol;
    std::string template_name;
    std::string params;
    std::string reason;     // why these params
    int launches = 0;       // a call
    int constant_runs = 0;  // launches that run once, when weights are prepared
    std::string key;
    CudaUse cuda;
  };
  struct Group {
    std::string kind;
    std::vector<std::string> nodes;
    std::vector<std::string> outputs;
    bool constant = false;
    std::string kernel;  // symbol of its last kernel
  };
  struct Decline {
    std::string node;
    std::string with;
    std::string reason;
  };
  struct AtenCall {
    std::string name;  // "aten::sort.default"
    std::string node;
    std::string reason;
  };
  struct Time {
    std::string step;
    double seconds = 0;
  };
  std::vector<Kernel> kernels;
  std::vector<Group> groups;
  std::vector<Decline> declines;
  std::vector<AtenCall> aten_calls;
  std::vector<Time> times;
  int64_t compiled_kernels = 0;  // by this compilation; the others were in the cache
  bool from_cache = false;       // the whole plan
};

}  // namespace hidet
