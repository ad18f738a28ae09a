#include "emulator/finding.h"

#include "base/format.h"

namespace hidet {

std::string_view name_of(Check check) {
  switch (check) {
    case Check::bounds:
      return "bounds";
    case Check::initialisation:
      return "initialisation";
    case Check::races:
      return "races";
    case Check::barriers:
      return "barriers";
    case Check::waits:
      return "waits";
    case Check::alignment:
      return "alignment";
    case Check::other:
      break;
  }
  return "other";
}

std::string Finding::report() const {
  std::string where = line > 0 ? hidet::format("{}:{}", kernel, line) : kernel;
  if (thread >= 0) where += hidet::format(", thread {} of block {}", thread, block);
  return hidet::format("{}: {}: {}{}{}", where, name_of(check), text, code.empty() ? "" : "\n    ",
                       code);
}

}  // namespace hidet
