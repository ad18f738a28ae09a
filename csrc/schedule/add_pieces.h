// add_pieces: the second kernel of a product whose k was split.
#pragma once

#include "schedule/matmul_packed.h"

namespace hidet {

// To a sequence of one kernel that leaves pieces[p, batch..., m, n], of problem.accumulator: the
// workspace 0 for them, and C[g, i, j] = pieces[0, g, i, j] + pieces[1, g, i, j] + ..., in this
// order. Site of that kernel: store "C" [batch..., m, n].
void append_add_pieces(KernelSequence& sequence, const MatmulProblem& problem, int pieces,
                       const Target& target);

// For the cost model, of that kernel. Pieces have to pay by kSplitPays, more than the model may be
// wrong about them.
CudaWork add_pieces_work(double batch, double m, double n, int pieces, const Target& target);
constexpr double kSplitPays = 1.1;

}  // namespace hidet
