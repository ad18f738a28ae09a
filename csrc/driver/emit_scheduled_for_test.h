// emit_scheduled: a template's kernel as text, its sites filled with arrays.
#pragma once

#include <numeric>
#include <set>

#include "emit/emit_cuda.h"
#include "passes/lower_cpu.h"
#include "passes/lower_cuda.h"
#include "schedule/kernel_sequence.h"

namespace hidet {

// Every site that `fills` does not name is an array of its own, dense and aligned to 16 bytes.
inline EmittedCudaKernel emit_scheduled(const ScheduledKernel& kernel, SiteFills fills,
                                        const std::set<std::string>& transposed = {}) {
  Context& context = *kernel.context;
  Program program = kernel.program;
  for (const Site& site : kernel.program.sites) {
    if (fills.count(site.name)) continue;
    BufferInfo info{.scope = site.kind == SiteKind::store ? Scope::global : Scope::constant,
                    .type = site.type};
    info.name = site.name;
    info.shape = site.shape;
    info.alignment = 16;
    // Of a transposed operand columns lie side by side.
    if (transposed.count(site.name)) {
      std::vector<int> axes(info.shape.size());
      std::iota(axes.begin(), axes.end(), 0);
      std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
      info.layout = permuted<Expr>(info.shape, axes);
    }
    Buffer buffer = context.make_buffer(info);
    program.buffers.push_back(buffer);
    if (site.kind == SiteKind::store) {
      fills[site.name].store = [&context, buffer](const std::vector<Expr>& index, Expr value) {
        return context.make(Store{.buffer = buffer, .index = index, .value = value});
      };
    } else {
      fills[site.name].read = [&context, buffer](const std::vector<Expr>& index, Expr) {
        return context.element(buffer, index);
      };
    }
  }
  const Target target = cuda_target(program.target);
  const Program filled = run_passes(program, filling_passes(fills, target), {});
  return emit_cuda(run_passes(filled, cuda_passes(), {}), "kernel");
}

}  // namespace hidet
