#include "driver/predict.h"

#include "driver/kernel_size.h"

namespace hidet {

CudaWork work_of(const Graph& graph, const FilledKernel& kernel, const KernelRecord& record) {
  constexpr int64_t kUnknown = 512;
  const ScheduledKernel& scheduled = kernel.scheduled;
  std::vector<int64_t> hints;
  for (const Symbol& symbol : graph.symbols) hints.push_back(symbol.hint);
  const auto number = [&](const SizeExpr& size) { return hinted(size, hints, kUnknown); };
  const auto of_kernel = [&](const SizeExpr& size) {
    return number(size.substitute(scheduled.sizes));
  };
  CudaWork work = scheduled.work;
  work.blocks = 1;
  for (const SizeExpr& axis : record.cuda.grid) work.blocks *= of_kernel(axis);
  work.steps = number(scheduled.steps);
  work.shared_bytes = static_cast<int64_t>(of_kernel(record.cuda.dynamic_shared_bytes));
  double read = 0, written = 0;
  for (const Buffer buffer : scheduled.program.buffers) {
    double bytes = bytes_of(buffer->type.dtype);
    for (const Expr extent : buffer->shape)
      bytes *= of_kernel(kernel_size(scheduled.program, extent));
    (buffer->scope == Scope::constant ? read : written) += bytes;
  }
  work.memory_bytes = read + written;
  if (work.loaded_bytes == 0 && work.blocks > 0 && work.steps > 0) {
    work.loaded_bytes = read / (work.blocks * work.steps);
    work.stored_bytes = written / work.blocks;
  }
  return work;
}

}  // namespace hidet
