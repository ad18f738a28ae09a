#include "driver/element_offset.h"

namespace hidet {

Expr element_offset(Buffer buffer, const std::vector<Expr>& index) {
  if (buffer->layout) return buffer->layout->offset(index);
  Expr flat = index.at(0);
  for (size_t axis = 1; axis < index.size(); ++axis)
    flat = flat * buffer->shape[axis] + index[axis];
  return flat;
}

}  // namespace hidet
