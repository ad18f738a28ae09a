// The binary form of a plan: magic, version, length, checksum, content.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/plan.h"

namespace hidet {

// The same plan always gives the same bytes.
std::string serialize(const Plan& plan);
// Declines what is truncated, altered, of another version, or would not pass verify().
Result<Plan> deserialize_plan(std::string_view bytes);

}  // namespace hidet
