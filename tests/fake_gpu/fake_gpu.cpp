// PyTorch's CUDA device for machines without one: tensors "on cuda" in the process's own memory, a
// stream of each of two devices, and an allocator that counts. No operator of ATen runs on them.
#include <ATen/EmptyTensor.h>
#include <c10/core/Allocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kDevices = 2;
thread_local c10::DeviceIndex current_device = 0;
thread_local c10::StreamId current_stream[kDevices] = {};
std::atomic<int64_t> allocations{0}, live{0};

struct FakeGuard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device exchangeDevice(c10::Device device) const override {
    const c10::Device before = getDevice();
    setDevice(device);
    return before;
  }
  c10::Device getDevice() const override { return {c10::kCUDA, current_device}; }
  void setDevice(c10::Device device) const override {
    if (device.has_index()) current_device = device.index();
  }
  void uncheckedSetDevice(c10::Device device) const noexcept override { setDevice(device); }
  c10::Stream getStream(c10::Device device) const override {
    const c10::DeviceIndex index = device.has_index() ? device.index() : current_device;
    return c10::Stream(c10::Stream::UNSAFE, {c10::kCUDA, index}, current_stream[index]);
  }
  c10::Stream exchangeStream(c10::Stream stream) const override {
    const c10::Stream before = getStream(stream.device());
    current_stream[stream.device_index()] = stream.id();
    return before;
  }
  // 100 for the default stream of device 0, 201 for stream 1 of device 1.
  void* getStreamNativeHandle(const c10::Stream stream) const override {
    return reinterpret_cast<void*>(100 * (stream.device_index() + 1) + stream.id());
  }
  c10::DeviceIndex deviceCount() const noexcept override { return kDevices; }
};

void release(void* memory) {
  if (!memory) return;
  --live;
  std::free(memory);
}

struct FakeAllocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) override {
    const c10::Device device(c10::kCUDA, current_device);
    if (bytes == 0) return {nullptr, nullptr, &release, device};
    ++allocations, ++live;
    void* memory = std::aligned_alloc(512, (bytes + 511) / 512 * 512);
    return {memory, memory, &release, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    std::memcpy(to, from, bytes);
  }
};

const FakeGuard kGuard;
FakeAllocator allocator;
const c10::impl::DeviceGuardImplRegistrar kRegistrar(c10::kCUDA, &kGuard);
const bool kRegistered = (c10::SetAllocator(c10::kCUDA, &allocator, 255), true);

at::Tensor to_gpu(const at::Tensor& tensor, int64_t index) {
  const c10::DeviceIndex before = current_device;
  current_device = static_cast<c10::DeviceIndex>(index);
  at::Tensor made = at::Tensor(at::detail::empty_strided_generic(
      tensor.sizes(), tensor.strides(), &allocator, c10::DispatchKeySet(c10::DispatchKey::CUDA),
      tensor.scalar_type()));
  current_device = before;
  const size_t bytes = made.storage().nbytes();
  TORCH_CHECK(tensor.storage().nbytes() >= bytes + tensor.storage_offset() * tensor.itemsize());
  if (bytes) std::memcpy(made.mutable_data_ptr(), tensor.const_data_ptr(), bytes);
  return made;
}

// Elements that lie in memory in the order of the result's.
at::Tensor to_cpu(const at::Tensor& tensor) {
  at::Tensor made = at::Tensor(at::detail::empty_strided_cpu(tensor.sizes(), tensor.strides(),
                                                             c10::dtype(tensor.scalar_type())));
  if (size_t bytes = made.storage().nbytes())
    std::memcpy(made.mutable_data_ptr(), tensor.const_data_ptr(), bytes);
  return made;
}

void set_stream(int64_t device, int64_t stream) {
  current_stream[device] = stream;
}

// As in a PyTorch that is built without CUDA.
void hide(bool hidden) {
  auto& registered = c10::impl::device_guard_impl_registry[static_cast<size_t>(c10::kCUDA)];
  registered.store(hidden ? nullptr : &kGuard);
}

std::vector<int64_t> counts() {
  return {allocations, live, current_device};
}

}  // namespace

TORCH_LIBRARY(hidet_fake_gpu, m) {
  m.def("to_gpu", &to_gpu);
  m.def("to_cpu", &to_cpu);
  m.def("set_stream", &set_stream);
  m.def("counts", &counts);
  m.def("hide", &hide);
}
