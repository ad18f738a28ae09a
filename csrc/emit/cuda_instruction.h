// cuda_instruction: the call of a prelude function for a machine instruction.
#pragma once

#include <string>
#include <vector>

#include "ir/stmt.h"

namespace hidet {

// `addresses`: the addresses as text; `values`: the expressions.
std::string cuda_instruction(const Instruction& node, const std::vector<std::string>& addresses,
                             const std::vector<std::string>& values);

}  // namespace hidet
