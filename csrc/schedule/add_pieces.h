// add_pieces: the second kernel of a product whose k was split.
#pragma once

#include "schedule/kernel_sequence.h"
#include "target/target.h"

namespace hidet {

// C[g, i, j] = pieces[0, g, i, j] + pieces[1, g, i, j] + ..., in this order. The pieces are
// workspace 0 of the sequence; site: store "C" [batch..., m, n].
ScheduledKernel add_pieces(const std::vector<SizeExpr>& batch, const SizeExpr& m, const SizeExpr& n,
                           int pieces, DType dtype, const Target& target);

}  // namespace hidet
