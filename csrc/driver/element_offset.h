// element_offset: where an element lies in its buffer, in elements from the first.
#pragma once

#include "ir/buffer.h"

namespace hidet {

Expr element_offset(Buffer buffer, const std::vector<Expr>& index);

}  // namespace hidet
