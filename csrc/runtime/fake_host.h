// FakeHost: a Host without PyTorch, for tests. Counts what is alive, so that leaks are seen.
#pragma once

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "runtime/host.h"

namespace hidet {

struct FakeTensor {
  std::vector<int64_t> sizes, strides;
  DType dtype = DType::f32;
  void* data = nullptr;
  std::shared_ptr<void> storage;
  std::atomic<int> owners{1};
  Device device;
  int64_t version = 0;

  TensorRef ref() {
    TensorRef tensor{data, sizes.data(), strides.data(), static_cast<int32_t>(sizes.size()), dtype};
    tensor.device = device;
    tensor.version = version;
    tensor.handle = this;
    return tensor;
  }
};

class FakeHost : public Host {
 public:
  using Operator = std::function<void(std::span<const OperatorArgument>, std::span<TensorRef>)>;

  // On a CUDA device, too, memory is the process's own.
  TensorRef empty(std::span<const int64_t> sizes, std::span<const int64_t> strides, DType dtype,
                  Device device) override {
    int64_t elements = 1;
    for (size_t i = 0; i < sizes.size(); i++) {
      if (sizes[i] == 0) elements = 0;
      if (elements > 0) elements += (sizes[i] - 1) * strides[i];
    }
    auto* tensor = make(sizes, strides, dtype);
    tensor->device = device;
    tensor->storage.reset(std::malloc(static_cast<size_t>(elements * bytes_of(dtype)) + 1),
                          std::free);
    tensor->data = tensor->storage.get();
    std::memset(tensor->data, 0xA5, static_cast<size_t>(elements * bytes_of(dtype)));
    return tensor->ref();
  }
  TensorRef view(const TensorRef& base, std::span<const int64_t> sizes,
                 std::span<const int64_t> strides, int64_t offset, DType dtype) override {
    auto* tensor = make(sizes, strides, dtype);
    tensor->device = base.device;
    tensor->storage = static_cast<FakeTensor*>(base.handle)->storage;
    tensor->data = static_cast<char*>(base.data) + offset * bytes_of(dtype);
    return tensor->ref();
  }
  void retain(void* handle) override { static_cast<FakeTensor*>(handle)->owners++; }
  void release(void* handle) override {
    auto* tensor = static_cast<FakeTensor*>(handle);
    if (--tensor->owners > 0) return;
    delete tensor;
    tensors--;
  }
  void mark_written(void* handle) override { static_cast<FakeTensor*>(handle)->version++; }
  // Of f32 only.
  void copy(const TensorRef& to, const TensorRef& from) override {
    copies++;
    std::vector<int64_t> index(static_cast<size_t>(to.rank));
    int64_t elements = 1;
    for (int axis = 0; axis < to.rank; axis++) elements *= to.sizes[axis];
    for (int64_t i = 0; i < elements; i++) {
      int64_t rest = i, to_offset = 0, from_offset = 0;
      for (int axis = to.rank - 1; axis >= 0; axis--) {
        to_offset += rest % to.sizes[axis] * to.strides[axis];
        from_offset += rest % to.sizes[axis] * from.strides[axis];
        rest /= to.sizes[axis];
      }
      static_cast<float*>(to.data)[to_offset] = static_cast<float*>(from.data)[from_offset];
    }
  }
  void* allocate(size_t bytes, Device device) override {
    allocations++;
    allocated_on = device;
    allocated += static_cast<int64_t>(bytes);
    return std::aligned_alloc(64, (bytes + 63) / 64 * 64);
  }
  void deallocate(void* memory, size_t bytes, Device) override {
    allocated -= static_cast<int64_t>(bytes);
    std::free(memory);
  }
  void parallel_for(int64_t begin, int64_t end, int64_t grain, void (*fn)(int64_t, int64_t, void*),
                    void* context) override {
    regions++;
    int64_t chunks = std::min<int64_t>(threads, (end - begin + grain - 1) / grain);
    int64_t chunk = (end - begin + chunks - 1) / chunks;
    std::vector<std::thread> pool;
    for (int64_t at = begin; at < end; at += chunk)
      pool.emplace_back(fn, at, std::min(at + chunk, end), context);
    for (std::thread& thread : pool) thread.join();
  }
  int num_threads() override { return threads; }
  void* find_operator(std::string_view name) override {
    auto found = operators.find(std::string(name));
    return found == operators.end() ? nullptr : &found->second;
  }
  void call_operator(void* op, std::span<const OperatorArgument> arguments,
                     std::span<TensorRef> results) override {
    (*static_cast<Operator*>(op))(arguments, results);
  }
  RandomState random_state(int64_t increment, Device device) override {
    random_on = device;
    random_offset += increment;
    return {1234, random_offset - increment};
  }
  void* current_stream(Device device) override {
    return device.kind == DeviceKind::cuda ? stream : nullptr;
  }
  void warn(const std::string& message) override { warnings.push_back(message); }

  // A tensor of the test, contiguous, with these elements; freed by release().
  FakeTensor* tensor(std::vector<int64_t> sizes, std::vector<float> elements, Device device = {}) {
    std::vector<int64_t> strides(sizes.size(), 1);
    for (size_t i = sizes.size(); i-- > 1;) strides[i - 1] = strides[i] * sizes[i];
    auto made = empty(sizes, strides, DType::f32, device);
    if (!elements.empty()) std::memcpy(made.data, elements.data(), elements.size() * sizeof(float));
    return static_cast<FakeTensor*>(made.handle);
  }

  int threads = 2;
  std::map<std::string, Operator> operators;
  std::vector<std::string> warnings;
  std::atomic<int64_t> tensors{0}, allocations{0}, allocated{0}, regions{0}, copies{0};
  int64_t random_offset = 0;
  Device allocated_on, random_on;  // by the last call
  void* stream = nullptr;          // of every CUDA device

 private:
  FakeTensor* make(std::span<const int64_t> sizes, std::span<const int64_t> strides, DType dtype) {
    auto* tensor = new FakeTensor;
    tensors++;
    tensor->sizes.assign(sizes.begin(), sizes.end());
    tensor->strides.assign(strides.begin(), strides.end());
    tensor->dtype = dtype;
    return tensor;
  }
};

}  // namespace hidet
