#include "pytorch/torch_host.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/EmptyTensor.h>
#include <ATen/Parallel.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/DeviceGuard.h>
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

c10::Device torch_device(Device device) {
  return device.kind == DeviceKind::cpu ? c10::Device(c10::kCPU)
                                        : c10::Device(c10::kCUDA, device.index);
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
    const c10::DeviceType type = torch_device(device).type();
    const c10::OptionalDeviceGuard guard(
        device.kind == DeviceKind::cpu ? std::nullopt : std::optional(torch_device(device)));
    const auto key =
        device.kind == DeviceKind::cpu ? c10::DispatchKey::CPU : c10::DispatchKey::CUDA;
    return give(at::Tensor(at::detail::empty_strided_generic(
        {sizes.data(), sizes.size()}, {strides.data(), strides.size()}, c10::GetAllocator(type),
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
    const c10::OptionalDeviceGuard guard(
        device.kind == DeviceKind::cpu ? std::nullopt : std::optional(torch_device(device)));
    return c10::GetAllocator(torch_device(device).type())->raw_allocate(bytes);
  }

  void deallocate(void* memory, size_t, Device device) override {
    c10::GetAllocator(torch_device(device).type())->raw_deallocate(memory);
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

  RandomState random_state(int64_t, Device device) override {
    HIDET_ASSERT(device.kind == DeviceKind::cpu, "no generator of a CUDA device yet");
    // PyTorch's CPU generator has no Philox offset: each launch draws a seed of its own.
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    std::lock_guard lock(generator.mutex());
    auto* cpu = at::check_generator<at::CPUGeneratorImpl>(generator);
    return {static_cast<int64_t>(cpu->random64()), 0};
  }

  void* current_stream(Device) override { return nullptr; }

  void warn(const std::string& message) override { TORCH_WARN(message); }
};

}  // namespace

Host& torch_host() {
  static TorchHost host;
  return host;
}

}  // namespace hidet
