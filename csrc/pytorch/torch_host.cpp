#include "pytorch/torch_host.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/EmptyTensor.h>
#include <ATen/Parallel.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/util/Exception.h>

#include <exception>
#include <mutex>

#include "base/error.h"
#include "pytorch/operator_call.h"
#include "pytorch/scalar_type.h"
#include "pytorch/tensor_ref.h"

// From libtorch_cpu, whose own thread pool it uses: neither this library nor a kernel links OpenMP.
extern "C" int32_t torch_parallel_for(int64_t begin, int64_t end, int64_t grain,
                                      void (*fn)(int64_t, int64_t, void*), void* context);

namespace hidet {
namespace {

// PyTorch's part for CUDA, reached through c10 alone, so that this library loads in a build
// without.
const c10::impl::DeviceGuardImplInterface& cuda_of_torch() {
  const auto& known = c10::impl::device_guard_impl_registry;
  const auto* cuda = known[static_cast<size_t>(c10::kCUDA)].load();
  if (!cuda)
    HIDET_USER_ERROR(
        runtime, "this PyTorch is built without CUDA: it has no memory and no streams of a GPU");
  return *cuda;
}

c10::Allocator& allocator_of(Device device) {
  if (device.kind == DeviceKind::cuda) cuda_of_torch();
  return *c10::GetAllocator(torch_device(device).type());
}

// As PyTorch's own kernels take theirs. In a capture for a CUDA graph the generator refuses, with a
// message: its state is then known to the graph's launch alone.
Host::RandomState cuda_random_state(int64_t increment, Device device) {
  at::Generator generator = at::globalContext().defaultGenerator(torch_device(device));
  std::lock_guard lock(generator.mutex());
  const uint64_t offset = generator.get_offset();
  generator.set_offset(offset + static_cast<uint64_t>(increment));
  return {static_cast<int64_t>(generator.current_seed()), static_cast<int64_t>(offset)};
}

// Brings the first exception of a task back to the calling thread.
struct ParallelTask {
  void (*fn)(int64_t, int64_t, void*);
  void* context;
  std::mutex mutex;
  std::exception_ptr error;

  static void run(int64_t begin, int64_t end, void* task) {
    auto& self = *static_cast<ParallelTask*>(task);
    try {
      self.fn(begin, end, self.context);
    } catch (...) {
      std::lock_guard lock(self.mutex);
      if (!self.error) self.error = std::current_exception();
    }
  }
};

class TorchHost final : public Host {
 public:
  TensorRef empty(std::span<const int64_t> sizes, std::span<const int64_t> strides, DType dtype,
                  Device device) override {
    c10::Allocator& allocator = allocator_of(device);
    const auto guard = guard_of(device);
    const auto key =
        device.kind == DeviceKind::cpu ? c10::DispatchKey::CPU : c10::DispatchKey::CUDA;
    return give(at::Tensor(at::detail::empty_strided_generic(
        {sizes.data(), sizes.size()}, {strides.data(), strides.size()}, &allocator,
        c10::DispatchKeySet(key), scalar_type_of(dtype))));
  }

  TensorRef view(const TensorRef& base, std::span<const int64_t> sizes,
                 std::span<const int64_t> strides, int64_t offset, DType dtype) override {
    const at::Tensor of = share(base.handle);
    const auto meta = c10::scalarTypeToTypeMeta(scalar_type_of(dtype));
    const int64_t start = of.storage_offset() * static_cast<int64_t>(of.itemsize()) /
                              static_cast<int64_t>(meta.itemsize()) +
                          offset;
    at::Tensor tensor =
        at::detail::make_tensor<c10::TensorImpl>(c10::Storage(of.storage()), of.key_set(), meta);
    c10::TensorImpl* impl = tensor.unsafeGetTensorImpl();
    impl->set_sizes_and_strides({sizes.data(), sizes.size()}, {strides.data(), strides.size()},
                                start);
    // A write to one is a write to the other, for autograd's check of saved tensors too.
    if (!of.is_inference()) impl->set_version_counter(of.unsafeGetTensorImpl()->version_counter());
    return give(std::move(tensor));
  }

  void retain(void* handle) override { share(handle).unsafeReleaseTensorImpl(); }
  void release(void* handle) override { take(handle); }

  void mark_written(void* handle) override {
    auto* impl = static_cast<c10::TensorImpl*>(handle);
    if (!impl->is_inference()) impl->bump_version();
  }

  void copy(const TensorRef& destination, const TensorRef& source) override {
    tensor_of(destination).copy_(tensor_of(source));
  }

  void* allocate(size_t bytes, Device device) override {
    c10::Allocator& allocator = allocator_of(device);
    const auto guard = guard_of(device);  // they allocate on the device that is current
    return allocator.raw_allocate(bytes);
  }

  void deallocate(void* memory, size_t, Device device) override {
    allocator_of(device).raw_deallocate(memory);
  }

  void parallel_for(int64_t begin, int64_t end, int64_t grain, void (*fn)(int64_t, int64_t, void*),
                    void* context) override {
    ParallelTask task{.fn = fn, .context = context};
    const int32_t failed = torch_parallel_for(begin, end, grain, &ParallelTask::run, &task);
    if (task.error) std::rethrow_exception(task.error);
    HIDET_ASSERT(failed == 0, "torch_parallel_for failed");
  }

  int num_threads() override { return at::get_num_threads(); }

  void* find_operator(std::string_view name) override {
    return const_cast<c10::OperatorHandle*>(hidet::find_operator(name));
  }

  void call_operator(void* op, std::span<const OperatorArgument> arguments,
                     std::span<TensorRef> results) override {
    hidet::call_operator(*static_cast<const c10::OperatorHandle*>(op), arguments, results);
  }

  RandomState random_state(int64_t increment, Device device) override {
    if (device.kind == DeviceKind::cuda) return cuda_random_state(increment, device);
    // PyTorch's CPU generator has no Philox offset: each launch draws a seed of its own.
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    std::lock_guard lock(generator.mutex());
    auto* cpu = at::check_generator<at::CPUGeneratorImpl>(generator);
    return {static_cast<int64_t>(cpu->random64()), 0};
  }

  void* current_stream(Device device) override {
    if (device.kind == DeviceKind::cpu) return nullptr;
    return cuda_of_torch().getStream(torch_device(device)).native_handle();
  }

  void warn(const std::string& message) override { TORCH_WARN(message); }
};

}  // namespace

c10::OptionalDeviceGuard guard_of(Device device) {
  if (device.kind == DeviceKind::cpu) return c10::OptionalDeviceGuard(std::nullopt);
  cuda_of_torch();
  return c10::OptionalDeviceGuard(torch_device(device));
}

Host& torch_host() {
  static TorchHost host;
  return host;
}

}  // namespace hidet
