#include "pytorch/tensor_ref.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

#include "base/error.h"
#include "pytorch/scalar_type.h"

namespace hidet {
namespace {

using TensorPointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

c10::TensorImpl* implementation(void* handle) {
  return static_cast<c10::TensorImpl*>(handle);
}

}  // namespace

void* memory_of_unusual(const c10::TensorImpl& tensor) {
  return const_cast<void*>(tensor.data());
}

at::Tensor resolve_lazy(const at::Tensor& tensor) {
  return tensor._is_zerotensor() ? at::zeros(tensor.sizes(), tensor.options())
                                 : tensor.resolve_neg();
}

Device device_of(c10::Device device) {
  if (!device.is_cuda() && !device.is_cpu())
    HIDET_USER_ERROR(runtime, "a compiled graph takes no tensors on {}", device.str());
  return device.is_cpu() ? Device() : Device{DeviceKind::cuda, device.index()};
}

c10::Device torch_device(Device device) {
  return device.kind == DeviceKind::cpu ? c10::Device(c10::kCPU)
                                        : c10::Device(c10::kCUDA, device.index);
}

TensorRef give(at::Tensor&& tensor) {
  if (!tensor.defined()) return {};
  TensorRef ref = borrow(tensor);
  tensor.unsafeReleaseTensorImpl();
  return ref;
}

at::Tensor share(void* handle) {
  return at::Tensor(TensorPointer::reclaim_copy(implementation(handle)));
}

at::Tensor take(void* handle) {
  return at::Tensor(TensorPointer::reclaim(implementation(handle)));
}

at::Tensor tensor_of(const TensorRef& ref) {
  if (ref.handle) return share(ref.handle);
  const auto options =
      c10::TensorOptions().dtype(scalar_type_of(ref.dtype)).device(torch_device(ref.device));
  const auto rank = static_cast<size_t>(ref.rank);
  // With the device named, nobody asks a driver where the memory is.
  return at::for_blob(ref.data, {ref.sizes, rank})
      .strides(c10::IntArrayRef(ref.strides, rank))
      .options(options)
      .target_device(torch_device(ref.device))
      .make_tensor();
}

}  // namespace hidet
