// matrix_layout: how an operand of a matrix instruction lies in shared memory, so that no load of a
// fragment has bank conflicts.
#pragma once

#include <bit>

#include "mapping/layout.h"

namespace hidet {

// {..., rows, columns}, columns side by side, a multiple of 16 of them. Of 2 bytes an element, 8
// rows are loaded at once, 16 bytes of each: where columns are a power of two they are swizzled,
// else rows are padded. Of 4 bytes, a warp loads four successive columns of eight rows
// (`terms_inner`: columns are the terms of the product), or eight columns of four rows.
template <class T = int64_t>
Layout<T> matrix_layout(std::vector<T> shape, int64_t element_bytes, bool terms_inner) {
  if (element_bytes == 4) return padded<T>(std::move(shape), terms_inner ? 4 : 8);
  const auto columns = as_constant(shape.back());
  HIDET_ASSERT(element_bytes == 2 && columns && *columns % 16 == 0,
               "no layout of matrices of {} bytes an element", element_bytes);
  // An odd number of 16 bytes from row to row.
  if (!std::has_single_bit(static_cast<uint64_t>(*columns))) return padded<T>(std::move(shape), 8);
  // The place of 16 bytes in a line of 128 is permuted by the number of the row or the line.
  const int log = std::bit_width(static_cast<uint64_t>(*columns)) - 1;
  return row_major<T>(std::move(shape)).swizzled(std::min(3, log - 3), 3, std::max(3, log - 3));
}

}  // namespace hidet
