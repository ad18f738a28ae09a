// matrix_rows: which row's address each lane of a warp gives to ldmatrix.
#pragma once

#include "mapping/task_mapping.h"

namespace hidet {

// A row is 8 elements of 16 bits; 4 matrices of 8 rows, or 2, whose addresses the second half of
// the warp gives once more. The register that the i-th matrix is loaded to is the i-th of the
// fragment: of the left operand, or of the right one of two products side by side.
//   by_rows: tasks (row, chunk of 8 elements); matrices go along rows first
//   else:    tasks (chunk, row); along chunks first
TaskMapping<int64_t> matrix_rows(int matrices, bool by_rows);

}  // namespace hidet
