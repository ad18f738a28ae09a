// The bytes of a compiled graph: its plan, and the shared objects or CUDA binaries of its kernels.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/code_library.h"
#include "runtime/plan.h"

namespace hidet {

// `kernels` parallel to plan.kernels. What several kernels are in is kept once. UserError
// for kernels that are emulated.
std::string pack_artifact(const Plan& plan, const std::vector<LoadedKernel>& kernels);

struct Artifact {
  Plan plan;
  std::vector<LoadedKernel> kernels;
};
// UserError for what is truncated, altered or of another version.
Artifact unpack_artifact(std::string_view bytes);

}  // namespace hidet
