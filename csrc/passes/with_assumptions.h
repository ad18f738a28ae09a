// with_assumptions: a program for arguments of which more is known.
#pragma once

#include "ir/context.h"

namespace hidet {

struct ProgramAssumptions {
  std::vector<int> alignment;    // bytes, of program.buffers; 0: nothing is known
  std::vector<int64_t> divisor;  // of program.sizes
};

// The same program, whose buffers and sizes say so. What is known of them already stays.
Program with_assumptions(const Program& program, const ProgramAssumptions& assumptions);

}  // namespace hidet
