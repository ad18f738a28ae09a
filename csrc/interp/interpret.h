// interpret: runs a program, slowly. It is the definition of what a program of any level means.
//
// Tile statements act on whole tiles. Loops over tasks run for all workers of their scope, one
// after the other; of workers that hold copies of a task only the first one runs. Roles take turns,
// each until it waits. Asynchronous work is done as late as it may be: at the wait that needs it.
// Reading memory that was not written, that unfinished asynchronous work will write, or that lies
// out of bounds, is an InterpretError that names the statement, as is a thread that uses the
// registers of another one, and a wait that never ends. In a launch, the threads of a block take
// barriers and exchanges together, and run one after the other in between.
//
// What one thread of a block may see of another's writes is not modelled: that is ir/verify.h's.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "interp/scalar.h"
#include "ir/program.h"

namespace hidet {

// The storage of a buffer that is an argument, as it lies in memory (row major without a layout).
struct HostArray {
  DType dtype = DType::f32;
  std::vector<Scalar> values;
  std::vector<bool> written;

  static HostArray of(DType dtype, const std::vector<double>& values);
  static HostArray unwritten(DType dtype, int64_t elements);
  // Throws InterpretError for an element that nothing wrote.
  double at(int64_t element) const;
};

// What the outside does at a site. index: integers, and what else a rowwise site is given.
struct HostSite {
  std::function<Scalar(const std::vector<Scalar>& index, Scalar value)> read;
  std::function<void(const std::vector<Scalar>& index, Scalar value)> store;
};

// Sizes and buffers by name; where names repeat, in order instead.
struct Bindings {
  std::map<std::string, int64_t> sizes;
  std::vector<int64_t> size_list;
  std::map<std::string, HostArray*> buffers;
  std::vector<HostArray*> buffer_list;
  std::map<std::string, HostSite> sites;
  bool last_worker_first = false;  // blocks, cores and threads in the opposite order
};

struct Outcome {
  int status = 0;  // the code of the last report, 0: none
};

Outcome interpret(const Program& program, const Bindings& bindings);

}  // namespace hidet
