#include "schedule/vector_run.h"

#include <algorithm>

namespace hidet {

int64_t vector_run(const SizeExpr& extent, std::span<const DType> outputs,
                   std::span<const DType> inputs) {
  constexpr int64_t kVectorBytes = 16, kLongest = 8, kShortest = 4;
  int64_t run = kLongest;
  for (const std::span<const DType> dtypes : {outputs, inputs})
    for (const DType dtype : dtypes)
      run = std::min(run, std::max(kShortest, kVectorBytes / std::max(1, bytes_of(dtype))));
  const auto constant = extent.as_constant();
  while (run > 1 && constant && *constant % run != 0) run /= 2;
  return run < 2 ? 1 : run;
}

}  // namespace hidet
