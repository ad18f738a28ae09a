// ConstantPool: the constants of a plan side by side in one piece of memory.
//
// Why: packed weights are read once in each call, front to back, and a weight matrix spans hundreds
// of ordinary pages. In one large piece the system can give huge pages, which spares the walks
// through the page tables: a product with few rows takes two thirds of the time.
#pragma once

#include <optional>
#include <span>

#include "runtime/host.h"

namespace hidet {

class ConstantPool {
 public:
  explicit ConstantPool(Host& host) : host_(host) {}
  ~ConstantPool();
  ConstantPool(const ConstantPool&) = delete;

  // What a tensor takes of the pool.
  static size_t bytes_of_tensor(std::span<const int64_t> sizes, std::span<const int64_t> strides,
                                DType dtype);
  // Once, before take().
  void reserve(size_t bytes);
  // The caller owns the handle; the memory lives until the last tensor in it has gone. Nothing when
  // the pool is full.
  std::optional<TensorRef> take(std::span<const int64_t> sizes, std::span<const int64_t> strides,
                                DType dtype);

 private:
  Host& host_;
  TensorRef memory_;
  size_t size_ = 0;
  size_t used_ = 0;
};

}  // namespace hidet
