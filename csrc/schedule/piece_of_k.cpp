#include "schedule/piece_of_k.h"

namespace hidet {

PieceOfK piece_of_k(Builder& b, Expr k, int64_t step, int split, Expr piece) {
  const int64_t all = split * step;
  const Expr each = b.let("each", (k + (all - 1)) / all * step);
  const Expr start = b.let("start", piece * each);
  const Expr left = b.context().call(
      Function::max, {b.index(0), b.context().call(Function::min, {each, k - start})});
  return {start, b.let("steps", (left + (step - 1)) / step)};
}

}  // namespace hidet
