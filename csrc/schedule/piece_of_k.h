// piece_of_k: what one of several blocks has of a product's terms.
#pragma once

#include "ir/builder.h"

namespace hidet {

struct PieceOfK {
  Expr start;  // its first term
  Expr steps;
};

// k terms, cut into `split` pieces of whole steps of `step` terms; the last pieces may have fewer,
// or none.
PieceOfK piece_of_k(Builder& builder, Expr k, int64_t step, int split, Expr piece);

}  // namespace hidet
