// matmul_simt_cost: what the cost model is told of a product on scalar units.
#pragma once

#include "schedule/cuda_cost.h"
#include "schedule/matmul_simt.h"

namespace hidet {

// A product with numbers for its sizes.
struct MatmulSizes {
  double batch = 1, m = 1, n = 1, k = 1;
  bool b_has_batch = false;
};
MatmulSizes hinted(const MatmulProblem& problem, const std::vector<int64_t>& hints);

// Of a thread, about: sums, fragments of two steps, what it copies next, and the rest.
int simt_registers(const SimtParams& params);

// What a block does in a step, of any product. `bytes`: of an element of A and B in memory.
CudaWork simt_step(const SimtParams& params, int bytes);

// The kernels of a point of the space, in order. `bytes`: of an element of A and B in memory.
std::vector<CudaWork> simt_work(const MatmulSizes& sizes, const SimtParams& params,
                                const Target& target, int bytes = 4);
// All of them, one after the other.
double simt_seconds(const MatmulSizes& sizes, const SimtParams& params, const Target& target,
                    int bytes = 4);

// The point of the space with the least predicted time.
SimtParams pick_simt_params(const MatmulSizes& sizes, const Target& target, int bytes = 4);

}  // namespace hidet
