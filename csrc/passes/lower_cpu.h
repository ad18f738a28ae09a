// lower_for_cpu: the way of a CPU program from a template's text to what the emitter prints.
#pragma once

#include "passes/fill_sites.h"
#include "passes/run_passes.h"
#include "target/target.h"

namespace hidet {

// The last of filling_passes.
inline constexpr std::string_view kFillPass = "fill_sites";

// Up to the program whose sites are filled. `fills` names every site of the program.
// `bind_arguments` runs when they are filled, to take in the buffers and sizes that they have come
// to need.
std::vector<Pass> filling_passes(const SiteFills& fills, const Target& target,
                                 std::function<void(Program&)> bind_arguments = nullptr);

// From there to a program of Level::target.
std::vector<Pass> cpu_passes();

// Both.
Program lower_for_cpu(Program program, const SiteFills& fills, const Target& target,
                      const PassOptions& options = {});

}  // namespace hidet
