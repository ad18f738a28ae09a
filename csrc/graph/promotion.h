// PyTorch's promotion of operand types.
#pragma once

#include <cstdint>
#include <vector>

#include "base/dtype.h"

namespace hidet {

// A higher category decides; a lower one counts only with a higher class (boolean, integer,
// floating) of dtypes.
enum class OperandCategory : uint8_t { number, without_axes, with_axes };

struct PromotedOperand {
  DType dtype;
  OperandCategory category;
};

// The common dtype of the operands. Throws DeclinedCall where PyTorch has none.
DType promoted_type(const std::vector<PromotedOperand>& operands);

// The type that arithmetic is done in: f32 for 16-bit floats.
DType arithmetic_type(DType dtype);

}  // namespace hidet
