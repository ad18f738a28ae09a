// TensorRef of a tensor, and the tensor behind a TensorRef.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "pytorch/scalar_type.h"
#include "runtime/host.h"

namespace hidet {

// Null for a tensor without elements; error of PyTorch for one whose memory is not there.
void* memory_of_unusual(const c10::TensorImpl& tensor);
// UserError: neither a CPU nor a CUDA device.
Device device_of(c10::Device device);

c10::Device torch_device(Device device);

// Whether its memory does not hold its numbers: those of PyTorch's lazily negated and lazily zero
// tensors. Complex tensors are looked at by PyTorch alone, which knows them.
inline bool is_lazy(const at::Tensor& tensor) {
  constexpr c10::DispatchKeySet lazy({c10::DispatchKey::Negative, c10::DispatchKey::ZeroTensor});
  return C10_UNLIKELY(tensor.unsafeGetTensorImpl()->key_set().has_any(lazy)) &&
         (!tensor.is_complex() || tensor._is_zerotensor());
}
// The numbers of a lazy tensor in memory of their own.
at::Tensor resolve_lazy(const at::Tensor& tensor);

enum class WithVersion : bool { no, yes };

// Borrowed: valid as long as the tensor and its sizes are. UserError: a device that the runtime
// does not know. Error of PyTorch: a tensor whose memory is not there.
// Written in place: a call takes one of these for each parameter.
inline void borrow(const at::Tensor& tensor, WithVersion with_version, TensorRef& ref) {
  c10::TensorImpl* impl = tensor.unsafeGetTensorImpl();
  ref.handle = impl;
  // No virtual call, and the counter, in memory of its own, only where it is asked for.
  const c10::Storage& storage = impl->unsafe_storage();
  const caffe2::TypeMeta meta = impl->dtype();
  ref.data = nullptr;
  if (C10_LIKELY(storage)) {
    auto* memory = static_cast<char*>(const_cast<void*>(storage.data()));
    ref.data = C10_LIKELY(memory != nullptr)
                   ? memory + impl->storage_offset() * static_cast<int64_t>(meta.itemsize())
                   : memory_of_unusual(*impl);
  }
  const auto sizes = impl->sizes();
  ref.sizes = sizes.data();
  ref.strides = impl->strides().data();
  ref.rank = static_cast<int32_t>(sizes.size());
  ref.dtype = dtype_of(meta.toScalarType());
  const c10::Device device = impl->device();
  ref.device = C10_LIKELY(device.is_cpu()) ? Device() : device_of(device);
  const bool counted = with_version == WithVersion::yes && !impl->is_inference();
  ref.version = counted ? static_cast<int64_t>(impl->version_counter().current_version())
                        : TensorRef::kNoVersion;
}
// The same; a lazy tensor is resolved, into `resolved`, whose life then counts.
inline void borrow_resolved(const at::Tensor& tensor, WithVersion with_version, TensorRef& ref,
                            std::vector<at::Tensor>& resolved) {
  const bool lazy = is_lazy(tensor);
  if (lazy) resolved.push_back(resolve_lazy(tensor));
  borrow(lazy ? resolved.back() : tensor, with_version, ref);
}
inline TensorRef borrow(const at::Tensor& tensor) {
  TensorRef ref;
  borrow(tensor, WithVersion::yes, ref);
  return ref;
}
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
