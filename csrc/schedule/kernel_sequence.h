// What a template returns: kernels with open sites, and the memory that they hand to each other.
#pragma once

#include <memory>

#include "base/result.h"
#include "base/size_expr.h"
#include "ir/builder.h"
#include "schedule/cuda_cost.h"

namespace hidet {

// Memory between the kernels of one sequence. It is filled by `producer` (an index into the
// sequence's kernels), which runs once when all that it reads is constant, else at each call.
struct Workspace {
  std::string name;
  DType dtype;
  std::vector<SizeExpr> shape;  // row major
  int producer;
};

struct ScheduledKernel {
  std::shared_ptr<Context> context;
  Program program;              // Level::mapped, sites open
  std::vector<SizeExpr> sizes;  // of program.sizes, in order
  std::vector<int> workspaces;  // of program.buffers, in order: index into the sequence's
  // Elements that a task touches or multiply-adds that it does, about; sets how many tasks are
  // worth a thread. 0: large.
  int64_t task_cost = 0;
  // CUDA: the sizes that vectors run along; worth assuming to be multiples of a vector's elements.
  struct VectorAxis {
    size_t size;  // by position in `sizes`
    int64_t elements;
  };
  std::vector<VectorAxis> vector_axes;
  // CUDA, for the cost model: what a block does in a step of its main loop, and how many of them.
  // Where no bytes are loaded by it, they are those of the buffers.
  CudaWork work;
  SizeExpr steps = 1;
  SizeExpr multiply_adds;  // of one launch, for reports; 0: memory is what it waits for
};

struct KernelSequence {
  std::string template_name;
  std::string params;  // readable, e.g. "rows 8, vectors 3"
  std::string reason;  // why these params
  std::vector<Workspace> workspaces;
  std::vector<ScheduledKernel> kernels;
};

}  // namespace hidet
