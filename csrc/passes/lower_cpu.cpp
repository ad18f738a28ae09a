#include "passes/lower_cpu.h"

#include "passes/bind_shared.h"
#include "passes/guard_reads.h"
#include "passes/legalize_cpu.h"
#include "passes/lower_buffers.h"
#include "passes/lower_functions.h"
#include "passes/lower_task_mapping.h"
#include "passes/lower_tiles.h"
#include "passes/outline_registers.h"
#include "passes/remove_dead.h"
#include "passes/simplify.h"
#include "passes/vector_registers.h"
#include "passes/vectorize.h"

namespace hidet {

std::vector<Pass> filling_passes(const SiteFills& fills, const Target& target,
                                 std::function<void(Program&)> bind_arguments) {
  return {{"lower_tiles", [&target](const Program& p) { return lower_tiles(p, target); }},
          {std::string(kFillPass), [&fills, bind = std::move(bind_arguments)](const Program& p) {
             Program filled = fill_sites(p, fills);
             if (bind) bind(filled);
             return filled;
           }}};
}

std::vector<Pass> cpu_passes() {
  return {{"guard_reads", guard_reads},
          {"lower_task_mapping", lower_task_mapping},
          {"lower_buffers", lower_buffers},
          {"vectorize", vectorize},
          {"vector_registers", vector_registers},
          {"outline_registers", outline_registers},
          {"lower_functions", lower_functions},
          {"simplify", simplify},
          {"legalize_cpu", legalize_cpu},
          {"remove_dead", remove_dead},
          {"bind_shared", bind_shared}};
}

Program lower_for_cpu(Program program, const SiteFills& fills, const Target& target,
                      const PassOptions& options) {
  return run_passes(run_passes(std::move(program), filling_passes(fills, target), options),
                    cpu_passes(), options);
}

}  // namespace hidet
