#include "driver/lower_kernel.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "driver/kernel_size.h"
#include "emit/emit_cuda.h"
#include "ir/equal.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "ir/visit.h"
#include "passes/lower_cuda.h"

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

namespace {

void add_arguments(const Program& program, KernelRecord& record) {
  for (Buffer buffer : program.buffers)
    record.arguments.push_back({.kind = KernelArgument::Kind::buffer,
                                .dtype = buffer->type.dtype,
                                .written = buffer->scope == Scope::global});
  for (size_t i = 0; i < program.sizes.size(); i++)
    record.arguments.push_back({.kind = KernelArgument::Kind::size, .dtype = DType::i64});
  record.has_status = reports(program);
}

// The widest asynchronous copy.
constexpr int64_t kAlignment = 16;

// That what copies of several elements read is aligned to as many bytes.
std::vector<Assumption> assumptions_of(const Program& lowered) {
  std::map<int32_t, int64_t> bytes;  // by the position of the buffer
  walk(lowered.body, [&](Stmt s) {
    const auto* n = s.as<Instruction>();
    if (!n || !n->name.starts_with("cp_async_")) return;
    const Buffer source = n->addresses[1].buffer;
    const auto place = std::find(lowered.buffers.begin(), lowered.buffers.end(), source);
    const int64_t width = std::stoll(n->name.substr(std::strlen("cp_async_")));
    if (width <= std::max<int64_t>(source->alignment, bytes_of(source->type.dtype))) return;
    int64_t& most = bytes[static_cast<int32_t>(place - lowered.buffers.begin())];
    most = std::max(most, width);
  });
  std::vector<Assumption> result;
  for (const auto& [buffer, number] : bytes)
    result.push_back({.kind = Assumption::Kind::aligned, .buffer = buffer, .number = number});
  return result;
}

LoweredKernel lower_for_gpu(const Program& program, const Target& target, const std::string& symbol,
                            const PassOptions& options, int64_t alignment = kAlignment) {
  const Program lowered = run_passes(program, cuda_passes(alignment), options);
  EmittedCudaKernel emitted;
  try {
    emitted = emit_cuda(lowered, symbol);
  } catch (const std::exception& error) {
    throw PassError(std::string(kEmitPass), lowered, error.what());
  }
  LoweredKernel result;
  result.source = {symbol, emitted.text, {target.name}};
  result.record.target = target.name;
  result.record.symbol = symbol;
  add_arguments(lowered, result.record);
  CudaLaunch& launch = result.record.cuda;
  launch.grid[0] = kernel_size(lowered, emitted.grid);
  launch.block[0] = SizeExpr(emitted.threads);
  launch.dynamic_shared_bytes = SizeExpr(emitted.shared_bytes);
  for (const EmittedTensorMap& map : emitted.maps) {
    TensorMapRecipe& recipe = result.record.maps.emplace_back();
    recipe.buffer = map.buffer;
    recipe.dtype = lowered.buffers[static_cast<size_t>(map.buffer)]->type.dtype;
    for (Expr e : map.sizes) recipe.sizes.push_back(kernel_size(lowered, e));
    for (Expr e : map.strides) recipe.strides.push_back(kernel_size(lowered, e));
    recipe.box = map.box;
    recipe.swizzle_bytes = map.swizzle_bytes;
  }
  result.record.assumptions = assumptions_of(lowered);
  if (!result.record.assumptions.empty())
    result.fallbacks.push_back(lower_for_gpu(program, target, symbol, options, 0));
  return result;
}

}  // namespace

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
  if (target.kind == TargetKind::cuda)
    return lower_for_gpu(program, target, kernel.symbol, options);
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
