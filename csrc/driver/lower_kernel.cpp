#include "driver/lower_kernel.h"

#include <algorithm>

#include "driver/kernel_size.h"
#include "emit/emit_cpp.h"
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

}  // namespace

LoweredKernel lower_kernel(FilledKernel& kernel, const Target& target, const PassHook& hook) {
  ScheduledKernel& scheduled = kernel.scheduled;
  std::string last_pass = "the template";
  PassHook watched = [&](std::string_view pass, const Program& program) {
    last_pass = pass;
    if (hook) hook(pass, program);
  };
  Program lowered;
  EmittedKernel emitted;
  try {
    lowered = lower_for_cpu(scheduled.program, kernel.fills, target, watched, [&](Program& filled) {
      filled.buffers = scheduled.program.buffers;
      filled.sizes = scheduled.program.sizes;
    });
    emitted = emit_cpp(lowered, target, kernel.symbol);
  } catch (const InternalError& error) {
    throw InternalError(
        __FILE__, __LINE__,
        hidet::format("kernel {}, after pass {}: {}", kernel.symbol, last_pass, error.what()));
  }
  LoweredKernel result;
  result.source = {kernel.symbol, emitted.text, target.compiler_flags()};
  KernelRecord& record = result.record;
  record.target = target.name;
  record.symbol = kernel.symbol;
  for (Buffer buffer : lowered.buffers)
    record.arguments.push_back({.kind = KernelArgument::Kind::buffer,
                                .dtype = buffer->type.dtype,
                                .written = buffer->scope == Scope::global});
  for (size_t i = 0; i < lowered.sizes.size(); i++)
    record.arguments.push_back({.kind = KernelArgument::Kind::size, .dtype = DType::i64});
  record.extent = kernel_size(lowered, emitted.parallel_extent);
  record.scratch_bytes = kernel_size(lowered, emitted.scratch_bytes);
  record.has_status = reports(lowered);
  if (scheduled.task_cost > 0)
    record.grain = SizeExpr(std::max<int64_t>(1, kWorkOfThread / scheduled.task_cost));
  return result;
}

}  // namespace hidet
