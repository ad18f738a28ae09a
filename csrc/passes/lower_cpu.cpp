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
// #include "passes/simplify.h"
#include "passes/vector_registers.h"
#include "passes/vectorize.h"

namespace hidet {

Program lower_for_cpu(Program program, const SiteFills& fills, const Target& target,
                      const PassHook& hook,
                      const std::function<void(Program&)>& bind_arguments) {
  const auto after = [&](std::string_view pass, Program result) {
    program = std::move(result);
    if (hook) hook(pass, program);
  };
  after("lower_tiles", lower_tiles(program, target));
  Program filled = fill_sites(program, fills);
  if (bind_arguments) bind_arguments(filled);
  after("fill_sites", std::move(filled));
  after("guard_reads", guard_reads(program));
  after("lower_task_mapping", lower_task_mapping(program));
  after("lower_buffers", lower_buffers(program));
  after("vectorize", vectorize(program));
  after("vector_registers", vector_registers(program));
  after("outline_registers", outline_registers(program));
  after("lower_functions", lower_functions(program));
  after("simplify", simplify(program));
  after("legalize_cpu", legalize_cpu(program));
  after("remove_dead", remove_dead(program));
  after("bind_shared", bind_shared(program));
  return program;
}

}  // namespace hidet
