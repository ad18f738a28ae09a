#include "runtime/constant_pool.h"

#include <sys/mman.h>

#include "runtime/arena.h"

namespace hidet {

namespace {

constexpr size_t kHugePage = size_t{2} << 20;

size_t round_up(size_t bytes, size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

ConstantPool::~ConstantPool() {
  if (memory_.handle) host_.release(memory_.handle);
}

size_t ConstantPool::bytes_of_tensor(std::span<const int64_t> sizes,
                                     std::span<const int64_t> strides, DType dtype) {
  int64_t elements = 1;
  for (size_t axis = 0; axis < sizes.size(); axis++) {
    if (sizes[axis] == 0) return 0;
    elements += (sizes[axis] - 1) * strides[axis];
  }
  return round_up(static_cast<size_t>(elements * bytes_of(dtype)), kArenaAlignment);
}

void ConstantPool::reserve(size_t bytes) {
  const int64_t size = static_cast<int64_t>(bytes), stride = 1;
  memory_ = host_.empty({&size, 1}, {&stride, 1}, DType::u8, Device());
  size_ = bytes;
#ifdef MADV_HUGEPAGE
  const auto start = reinterpret_cast<uintptr_t>(memory_.data);
  const uintptr_t first = round_up(start, kHugePage),
                  last = (start + bytes) / kHugePage * kHugePage;
  // A refusal costs speed alone.
  if (first < last) (void)madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
}

std::optional<TensorRef> ConstantPool::take(std::span<const int64_t> sizes,
                                            std::span<const int64_t> strides, DType dtype) {
  const size_t bytes = bytes_of_tensor(sizes, strides, dtype);
  if (bytes == 0 || used_ + bytes > size_) return std::nullopt;
  const int64_t offset = static_cast<int64_t>(used_) / bytes_of(dtype);
  used_ += bytes;
  return host_.view(memory_, sizes, strides, offset, dtype);
}

}  // namespace hidet
