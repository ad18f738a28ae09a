// machine_rates: what the machine can do at most, measured: the yardsticks of explain().
#pragma once

#include "runtime/host.h"

namespace hidet {

struct MachineRates {
  double multiply_adds = 0;  // fp32, a second, all threads of the host, operands in registers
  double bytes = 0;          // read and written a second by a copy that no cache holds
};

// Takes about a tenth of a second. The best of a few trials each.
MachineRates measure_machine(Host& host);

}  // namespace hidet
