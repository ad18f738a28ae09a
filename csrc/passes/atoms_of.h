// atoms_of: who does which atom of a matrix product.
#pragma once

#include "ir/context.h"
#include "target/mma_atom.h"

namespace hidet {

// The mapping of an accumulator in units of its atom, whose own factors are the last ones of it.
Mapping atoms_of(Context& context, const Mapping& accumulator, const MmaAtom& atom);

}  // namespace hidet
