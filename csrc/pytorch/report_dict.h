// A CompileReport as plain Python values.
#pragma once

#include <pybind11/pybind11.h>

#include "driver/report.h"

namespace hidet {

// Lists of dicts with the names of the fields.
pybind11::dict report_dict(const CompileReport& report);

}  // namespace hidet
