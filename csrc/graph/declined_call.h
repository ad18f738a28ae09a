#pragma once

#include <string>

namespace hidet {

// Thrown inside of an expansion: this case of an operator is not expanded, and stays a call of
// ATen.
struct DeclinedCall {
  std::string reason;
};

}  // namespace hidet
