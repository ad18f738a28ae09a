#include "target/matrix_rows.h"

namespace hidet {

TaskMapping<int64_t> matrix_rows(int matrices, bool by_rows) {
  HIDET_ASSERT(matrices == 2 || matrices == 4, "ldmatrix of {} matrices", matrices);
  if (by_rows)
    return matrices == 4 ? spatial<int64_t>({16, 2}, {1, 0}) : replicate(2) * spatial(16, 1);
  const auto pair = spatial(2, 1) * spatial(1, 8);
  return matrices == 4 ? spatial(1, 2) * pair : replicate(2) * pair;
}

}  // namespace hidet
