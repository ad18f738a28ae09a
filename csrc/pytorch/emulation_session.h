// EmulationSession: how kernels are emulated while it is open, and what was noted, for Python.
#pragma once

#include <pybind11/pybind11.h>

namespace hidet {

void define_emulation_session(pybind11::module_& m);

}  // namespace hidet
