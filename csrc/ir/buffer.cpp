#include "ir/buffer.h"

namespace hidet {

std::string_view name_of(Scope scope) {
  constexpr std::string_view names[] = {"global", "constant",  "shared",
                                        "local",  "registers", "barrier"};
  return names[static_cast<size_t>(scope)];
}

}  // namespace hidet
