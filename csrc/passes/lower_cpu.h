// lower_for_cpu: the way of a CPU program from a template's text to what the emitter prints.
#pragma once

#include <functional>
#include <string_view>

#include "ir/context.h"
#include "passes/fill_sites.h"
#include "target/target.h"

namespace hidet {

// Called after each pass with its name and what it made: dumps, verifies, times.
using PassHook = std::function<void(std::string_view pass, const Program& program)>;

// `fills` names every site of the program. `bind_arguments` runs when they are filled, to take in the
// buffers and sizes that they have come to need. The result is of Level::target.
Program lower_for_cpu(Program program, const SiteFills& fills, const Target& target,
                      const PassHook& hook = nullptr,
                      const std::function<void(Program&)>& bind_arguments = nullptr);

}  // namespace hidet
