#include "driver/lower_kernel.h"

#include <algorithm>

#include "driver/kernel_size.h"
#include "driver/lower_variants.h"
#include "ir/equal.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ir/visit.h"

namespace hidet {

namespace {

// Elements that a piece of work has at least before a second thread is worth waking.
constexpr int64_t kWorkOfThread = 1 << 14;

bool reports(const Program& program) {
  bool found = false;
  walk(program.body, [&](Stmt s) { found = found || s.as<Report>(); });
  return found;
}

// From here on a kernel depends on its program's text alone, not on the order in which expressions
// were made: equal programs have equal kernels, and a dump can be replayed to the byte.
Program read_anew(const Program& program, Context& context) {
  const std::string text = print(program);
  try {
    Program again = parse(context, text);
    HIDET_ASSERT(equal(program, again), "the text says something else");
    return again;
  } catch (const std::exception& error) {
    throw PassError(std::string(kReadPass), program, error.what());
  }
}

}  // namespace

EmittedProgram emit_after(Program program, const std::vector<Pass>& rest, const Target& target,
                          const std::string& symbol, const PassOptions& options) {
  EmittedProgram result;
  result.program = run_passes(std::move(program), rest, options);
  try {
    result.kernel = emit_cpp(result.program, target, symbol);
  } catch (const std::exception& error) {
    throw PassError(std::string(kEmitPass), result.program, error.what());
  }
  return result;
}

void add_arguments(const Program& program, KernelRecord& record) {
  for (Buffer buffer : program.buffers)
    record.arguments.push_back({.kind = KernelArgument::Kind::buffer,
                                .dtype = buffer->type.dtype,
                                .written = buffer->scope == Scope::global});
  for (size_t i = 0; i < program.sizes.size(); i++)
    record.arguments.push_back({.kind = KernelArgument::Kind::size, .dtype = DType::i64});
  record.has_status = reports(program);
}

LoweredKernel lower_kernel(FilledKernel& kernel, const Target& target, const PassOptions& options) {
  ScheduledKernel& scheduled = kernel.scheduled;
  if (options.after) options.after(kTemplatePass, scheduled.program);
  const Program filled = run_passes(scheduled.program,
                                    filling_passes(kernel.fills, target,
                                                   [&](Program& p) {
                                                     p.buffers = scheduled.program.buffers;
                                                     p.sizes = scheduled.program.sizes;
                                                   }),
                                    options);
  Context canonical;
  const Program program = read_anew(filled, canonical);
  if (target.kind == TargetKind::cuda) return lower_variants(kernel, program, target, options);
  const auto [lowered, emitted] = emit_after(program, cpu_passes(), target, kernel.symbol, options);
  LoweredKernel result;
  result.source = {kernel.symbol, emitted.text, target.compiler_flags()};
  KernelRecord& record = result.record;
  record.target = target.name;
  record.symbol = kernel.symbol;
  add_arguments(lowered, record);
  record.extent = kernel_size(lowered, emitted.parallel_extent);
  record.scratch_bytes = kernel_size(lowered, emitted.scratch_bytes);
  if (scheduled.task_cost > 0)
    record.grain = SizeExpr(std::max<int64_t>(1, kWorkOfThread / scheduled.task_cost));
  return result;
}

}  // namespace hidet
