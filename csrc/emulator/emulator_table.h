// emulator_table: the functions that the text of emulated kernels calls.
#pragma once

#include "prelude/emulator_interface.h"

namespace hidet {

const EmulatorInterface& emulator_table();

}  // namespace hidet
