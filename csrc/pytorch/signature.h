// What shapes a plan's results have, as text for those who see no numbers.
#pragma once

#include <string>

#include "runtime/plan.h"

namespace hidet {

// JSON: {"symbols": [[name, tensor, axis]], "results": [[dtype, device, [size], [stride]]]}, where
// `tensor` counts the tensor arguments, and sizes are text over the symbols' names. The last
// `constants` arguments are no arguments of the caller.
std::string plan_signature(const Plan& plan, size_t constants);

}  // namespace hidet
