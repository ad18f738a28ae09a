// A report as text, kept beside the plan in the cache.
#pragma once

#include <string_view>

#include "driver/report.h"

namespace hidet {

std::string to_text(const CompileReport& report);
// Lines that are not understood are left out.
CompileReport parse_report(std::string_view text);

}  // namespace hidet
