#include "ir/tensor_load.h"

namespace hidet {

std::vector<Expr> TensorLoad::values() const {
  std::vector<Expr> result;
  for (const std::vector<Expr>* list : {&coordinates, &sizes, &strides, &box})
    result.insert(result.end(), list->begin(), list->end());
  result.push_back(swizzle_bytes);
  return result;
}

TensorLoad TensorLoad::of(const Instruction& node) {
  const size_t rank = node.values.size() / 4;
  HIDET_ASSERT(rank > 0 && node.values.size() == 4 * rank, "{} of {} values", node.name,
               node.values.size());
  auto at = node.values.begin();
  const auto take = [&](size_t count) {
    std::vector<Expr> list(at, at + static_cast<int64_t>(count));
    at += static_cast<int64_t>(count);
    return list;
  };
  TensorLoad load;
  load.coordinates = take(rank);
  load.sizes = take(rank);
  load.strides = take(rank - 1);
  load.box = take(rank);
  load.swizzle_bytes = *at;
  return load;
}

}  // namespace hidet
