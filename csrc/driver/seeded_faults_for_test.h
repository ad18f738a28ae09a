// Seeded faults: changes of the text of right CUDA kernels that make them wrong, and what the
// emulator is to say of each.
#pragma once

#include <string>
#include <vector>

namespace hidet {

enum class Verdict : uint8_t {
  bounds,
  initialisation,
  races,
  barriers,
  waits,
  alignment,
  other,
  wrong_numbers,  // no check says a thing, the result is not the right one
  harmless,       // nothing is to be seen, for the reason that the table has
  unseen          // a GPU may punish it, the emulator does not see it: a known gap, and why
};

// In the text of a kernel, `from` occurs `occurrences` times; the one of number `place`, from 0,
// becomes `to`.
struct SeededFault {
  std::string kernel;  // as right_kernel() has them
  int launch;          // 0, but for kernels that are followed by another one
  std::string name;
  std::string from;
  int occurrences, place;
  std::string to;
  Verdict report;  // under at least one schedule; of harmless ones, under all
  std::string reason = {};
};

const std::vector<SeededFault>& seeded_faults();

}  // namespace hidet
