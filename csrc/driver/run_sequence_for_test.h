// Runs the kernels of a template on host arrays, for tests: every site is an array of its own.
#pragma once

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "driver/kernel_size.h"
#include "emit/emit_cpp.h"
#include "passes/lower_cpu.h"
#include "runtime/code_library.h"
#include "runtime/compile.h"
#include "schedule/kernel_sequence.h"

namespace hidet {

struct TestArray {
  void* data;
  std::vector<int64_t> shape;  // row major
};

// Compiles one kernel and runs all its tasks in `pieces` pieces. Sites named in `arrays` read and
// store there; others are in `fills`. `workspaces` in the order of the sequence.
inline std::string run_kernel_for_test(const ScheduledKernel& kernel, SiteFills fills,
                                       const std::map<std::string, TestArray>& arrays,
                                       const std::vector<void*>& workspaces,
                                       const std::vector<int64_t>& sizes, const Target& target,
                                       int pieces = 3) {
  Context& context = *kernel.context;
  Program program = kernel.program;
  std::vector<void*> pointers;
  for (int workspace : kernel.workspaces) pointers.push_back(workspaces[workspace]);
  for (const Site& site : kernel.program.sites) {
    auto it = arrays.find(site.name);
    if (it == arrays.end()) continue;
    BufferInfo info{.scope = site.kind == SiteKind::store ? Scope::global : Scope::constant,
                    .type = site.type};
    info.name = site.name;
    for (int64_t extent : it->second.shape) info.shape.push_back(context.index(extent));
    Buffer buffer = context.make_buffer(info);
    program.buffers.push_back(buffer);
    pointers.push_back(it->second.data);
    if (site.kind == SiteKind::store)
      fills[site.name].store = [&context, buffer](const std::vector<Expr>& index, Expr value) {
        return context.make(Store{.buffer = buffer, .index = index, .value = value});
      };
    else
      fills[site.name].read = [&context, buffer](const std::vector<Expr>& index, Expr) {
        return context.element(buffer, index);
      };
  }
  Program lowered = lower_for_cpu(program, fills, target);
  EmittedKernel emitted = emit_cpp(lowered, target, "kernel");
  auto compiler = find_host_compiler();
  HIDET_ASSERT(compiler, "{}", compiler.reason());
  KernelSource source{"kernel", emitted.text, target.compiler_flags()};
  std::vector<std::string> keys{kernel_key(source, *compiler)};
  auto units = compile_kernels(std::vector<KernelSource>{source}, keys, *compiler);
  HIDET_ASSERT(units, "{}\n{}", units.reason(), emitted.text);
  auto library = CodeLibrary::open((*units)[0].shared_object);
  HIDET_ASSERT(library, "{}", library.reason());
  auto function =
      reinterpret_cast<CpuKernel>((*library)->symbol(exported_symbol("kernel", keys[0])));
  int64_t extent = kernel_size(lowered, emitted.parallel_extent).evaluate(sizes);
  int64_t bytes = kernel_size(lowered, emitted.scratch_bytes).evaluate(sizes);
  void* scratch = std::aligned_alloc(64, (bytes + 127) / 64 * 64);
  int32_t status = 0;
  for (int piece = 0; piece < pieces; piece++)
    function(pointers.data(), sizes.data(), extent * piece / pieces, extent * (piece + 1) / pieces,
             scratch, &status);
  std::free(scratch);
  return emitted.text;
}

}  // namespace hidet
