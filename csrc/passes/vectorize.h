// vectorize: loops of kind `vector` become expressions of as many lanes.
#pragma once

#include "ir/context.h"

namespace hidet {

// Expects flat indices (lower_buffers). What does not depend on the lane stays scalar; an index
// that grows by a constant from lane to lane is a Ramp, any other a gather or scatter. An If whose
// condition depends on the lane becomes a mask of the accesses below it. A condition that holds in
// the first lanes only has the form Ramp(0, 1) < Broadcast(count), in i32, with count in [0,
// lanes]. What depends on the lane is stored into one element as into many: the last lane's stays.
Program vectorize(const Program& program);

}  // namespace hidet
