// TensorLoad: what the instruction tma_load_<rank>d takes besides its addresses: where the tile
// begins, and what its tensor map says. Dimension 0 is the one that lies side by side.
#pragma once

#include "ir/stmt.h"

namespace hidet {

struct TensorLoad {
  std::vector<Expr> coordinates, sizes;  // in elements, one a dimension
  std::vector<Expr> strides;             // in elements, of dimensions 1, 2, ...
  std::vector<Expr> box;                 // what one load copies
  Expr swizzle_bytes;

  // To and from the values of an Instruction.
  std::vector<Expr> values() const;
  static TensorLoad of(const Instruction& node);
};

}  // namespace hidet
