#include "passes/lower_cuda.h"

#include "passes/bind_shared.h"
#include "passes/bind_workers.h"
#include "passes/guard_reads.h"
#include "passes/legalize_cpu.h"
#include "passes/lower_buffers.h"
#include "passes/lower_copies.h"
#include "passes/lower_functions.h"
#include "passes/remove_dead.h"
#include "passes/simplify.h"

namespace hidet {

std::vector<Pass> cuda_passes(int64_t alignment) {
  return {{"lower_copies", [alignment](const Program& p) { return lower_copies(p, alignment); }},
          {"guard_reads", guard_reads},
          {"bind_workers", bind_workers},
          {"lower_buffers", lower_buffers},
          {"lower_functions", lower_functions},
          {"simplify", simplify},
          {"legalize", legalize_cpu},
          {"remove_dead", remove_dead},
          {"bind_shared", bind_shared}};
}

}  // namespace hidet
