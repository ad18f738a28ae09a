#include "passes/lower_cuda.h"

#include "passes/bind_shared.h"
#include "passes/bind_workers.h"
#include "passes/guard_reads.h"
#include "passes/legalize_cpu.h"
#include "passes/lower_buffers.h"
#include "passes/lower_copies.h"
#include "passes/lower_functions.h"
#include "passes/narrow_indices.h"
#include "passes/remove_dead.h"
#include "passes/simplify.h"
#include "passes/vectorize_accesses.h"

namespace hidet {

std::vector<Pass> cuda_loop_passes() {
  return {{"lower_copies", lower_copies},
          {"guard_reads", guard_reads},
          {"bind_workers", bind_workers},
          {"lower_buffers", lower_buffers},
          {"lower_functions", lower_functions},
          {"simplify", simplify},
          {"legalize", legalize_cpu},
          {"remove_dead", remove_dead},
          {"vectorize_accesses", vectorize_accesses}};
}

std::vector<Pass> cuda_last_passes(bool narrow) {
  std::vector<Pass> passes;
  if (narrow) passes.push_back({"narrow_indices", narrow_indices});
  passes.push_back({"bind_shared", bind_shared});
  return passes;
}

std::vector<Pass> cuda_passes(bool narrow) {
  std::vector<Pass> passes = cuda_loop_passes();
  for (Pass& pass : cuda_last_passes(narrow)) passes.push_back(std::move(pass));
  return passes;
}

}  // namespace hidet
