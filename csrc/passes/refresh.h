// refresh: a copy of a statement that may stand beside the original in one program.
#pragma once

#include "ir/visit.h"

namespace hidet {

// `s` with new identities for every variable that it binds and every buffer that it allocates, and
// with `values` substituted for variables from outside.
Stmt refresh(Stmt s, const Substitution& values = {});

}  // namespace hidet
