// lower_kernel: a kernel of a group, from open sites to text and record.
#pragma once

#include "driver/group_kernels.h"
#include "driver/plan_builder.h"
#include "emit/emit_cpp.h"
#include "passes/lower_cpu.h"

namespace hidet {

// The names that PassOptions::after and PassError have for what is no pass: what the first one
// starts from, reading the filled program anew, and the emitter.
inline constexpr std::string_view kTemplatePass = "template", kReadPass = "read_anew",
                                  kEmitPass = "emit_cpp";

// What lies behind the last pass.
struct EmittedProgram {
  Program program;  // of Level::target
  EmittedKernel kernel;
};

// Throws PassError for a bug of a pass or of the emitter.
LoweredKernel lower_kernel(FilledKernel& kernel, const Target& target, const PassOptions& options);

// The arguments of a program in a record: buffers, sizes, status.
void add_arguments(const Program& program, KernelRecord& record);

// The part of it behind some passes: `rest` are those that are left.
EmittedProgram emit_after(Program program, const std::vector<Pass>& rest, const Target& target,
                          const std::string& symbol, const PassOptions& options);

}  // namespace hidet
