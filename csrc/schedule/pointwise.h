// Pointwise kernels: each output's value at each index of one domain.
#pragma once

#include "schedule/kernel_sequence.h"
#include "target/target.h"

namespace hidet {

struct PointwiseProblem {
  std::vector<SizeExpr> extents;  // the domain; the last axis is the one in vectors
  std::vector<DType> outputs;
  std::vector<DType> inputs;  // of what is read along the last axis
};

// Sites: read "value_q" [extents...], store "out_q" [extents...].
Result<KernelSequence> pointwise(const PointwiseProblem& problem, const Target& target);
// The same for CUDA.
Result<KernelSequence> pointwise_cuda(const PointwiseProblem& problem, const Target& target);

}  // namespace hidet
