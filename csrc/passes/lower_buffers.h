// lower_buffers: every buffer gets one axis, every access one flat index.
#pragma once

#include "ir/context.h"

namespace hidet {

// The index follows the buffer's layout, row-major where it has none. A register tile holds, for
// each place in its mapping's local order, the lanes side by side.
Program lower_buffers(const Program& program);

}  // namespace hidet
