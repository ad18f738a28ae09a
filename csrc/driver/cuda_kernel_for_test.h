// Tests only: a kernel of a CUDA template, lowered with an array for every site.
#pragma once

#include <numeric>
#include <set>

#include "passes/lower_cpu.h"
#include "passes/lower_cuda.h"
#include "passes/with_assumptions.h"
#include "schedule/kernel_sequence.h"

namespace hidet {

// Every site that `fills` does not name is an array of its own, after the kernel's own buffers.
// vectors: the arguments are aligned to 16 bytes and the sizes multiples of 8. narrow: indices have
// 32 bits. alignment: of the arrays, in bytes; 0: their elements'.
inline Program lower_for_test(const ScheduledKernel& kernel, SiteFills fills, bool vectors,
                              bool narrow, const std::set<std::string>& transposed = {},
                              int alignment = 0) {
  Context& context = *kernel.context;
  Program program = kernel.program;
  for (const Site& site : kernel.program.sites) {
    if (fills.count(site.name)) continue;
    BufferInfo info{.scope = site.kind == SiteKind::store ? Scope::global : Scope::constant,
                    .type = site.type};
    info.name = site.name;
    info.shape = site.shape;
    info.alignment = alignment;
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
  Program filled = run_passes(program, filling_passes(fills, target), {});
  if (vectors)
    filled = with_assumptions(filled, {std::vector<int>(program.buffers.size(), 16),
                                       std::vector<int64_t>(program.sizes.size(), 8)});
  return run_passes(filled, cuda_passes(narrow), {});
}

}  // namespace hidet
