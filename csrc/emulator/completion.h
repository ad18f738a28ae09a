// is_done_at_once: when an asynchronous operation that starts now is to be performed.
#pragma once

#include "emulator/running_block.h"

namespace hidet {

// Not at once: when it is waited for.
bool is_done_at_once(RunningBlock& block);

}  // namespace hidet
