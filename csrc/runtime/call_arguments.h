// Arguments of a call: read for symbols, checked against the plan.
#pragma once

#include <span>

#include "runtime/frame.h"

namespace hidet {

// Into frame.next_symbols. UserError: number and kinds of the arguments, a symbol out of its range.
void read_symbols(const PreparedPlan& prepared, std::span<const CallValue> call, Frame& frame,
                  Host& host);

// Dtype, device, sizes and strides of the tensors, and into frame.values. The frame has the symbols
// of this call. UserError says what differs.
void bind_inputs(const PreparedPlan& prepared, std::span<const CallValue> call, Frame& frame);

}  // namespace hidet
