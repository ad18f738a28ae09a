// TensorRef of a tensor, and the tensor behind a TensorRef.
#pragma once

#include <ATen/core/Tensor.h>

#include "runtime/host.h"

namespace hidet {

// Borrowed: valid as long as the tensor and its sizes are.
TensorRef borrow(const at::Tensor& tensor);
// Hands the one reference that `tensor` holds to whoever gets the handle. An undefined tensor gives
// a null handle.
TensorRef give(at::Tensor&& tensor);
// One more owner of the tensor behind the handle.
at::Tensor share(void* handle);
// Takes over the reference that the holder of the handle has.
at::Tensor take(void* handle);
// share(), and for memory without a handle a tensor that borrows it.
at::Tensor tensor_of(const TensorRef& ref);

}  // namespace hidet
