// Host: the one way by which the runtime reaches PyTorch. The runtime itself knows tensors only as
// TensorRef; who owns the memory behind one is the host's business.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/device.h"
#include "base/dtype.h"

namespace hidet {

// A borrowed look at a tensor. `handle` is the host's object (in PyTorch a TensorImpl*); null:
// memory of the runtime's own arena, which no tensor stands for.
struct TensorRef {
  void* data = nullptr;
  const int64_t* sizes = nullptr;
  const int64_t* strides = nullptr;  // in elements
  int32_t rank = 0;
  DType dtype = DType::f32;
  Device device;
  // The tensor's version counter; kNoVersion where it has none (inference tensors) or none was
  // asked.
  int64_t version = kNoVersion;
  void* handle = nullptr;

  static constexpr int64_t kNoVersion = -1;
};

// An argument or a result of a plan.
struct CallValue {
  enum class Kind : uint8_t { none, tensor, integer };
  Kind kind = Kind::none;
  TensorRef tensor;
  int64_t integer = 0;
};

// An argument of an ATen call, in schema order. Lives as long as the call.
struct OperatorArgument {
  enum class Kind : uint8_t {
    none,
    tensor,
    integer,  // int, SymInt; also a Scalar
    real,     // float; also a Scalar
    boolean,
    text,    // str
    opaque,  // kind in `text`, e.g. "dtype:float32", "layout:strided", "memory_format:...",
             // "device:cpu"
    list
  };
  Kind kind = Kind::none;
  const TensorRef* tensor = nullptr;
  int64_t integer = 0;  // and boolean
  double real = 0;
  std::string_view text;
  std::span<const OperatorArgument> list;
};

class Host {
 public:
  virtual ~Host() = default;

  // A new tensor, its elements undefined. The caller owns the handle. `sizes` and `strides` of the
  // result are those of the tensor, not those passed in.
  virtual TensorRef empty(std::span<const int64_t> sizes, std::span<const int64_t> strides,
                          DType dtype, Device device) = 0;
  // A tensor that shares the storage of `base` (whose handle is not null). `offset` in elements
  // from base.data. The caller owns the handle.
  virtual TensorRef view(const TensorRef& base, std::span<const int64_t> sizes,
                         std::span<const int64_t> strides, int64_t offset, DType dtype) = 0;
  // One more owner of the handle.
  virtual void retain(void* handle) = 0;
  virtual void release(void* handle) = 0;
  // A kernel wrote into the tensor: its version counter goes up.
  virtual void mark_written(void* handle) = 0;
  // Elementwise, of any strides and dtypes; either side may have no handle.
  virtual void copy(const TensorRef& destination, const TensorRef& source) = 0;

  // Memory for inner values, aligned to 64 bytes on CPU.
  virtual void* allocate(size_t bytes, Device device) = 0;
  virtual void deallocate(void* memory, size_t bytes, Device device) = 0;

  // fn over [begin, end) in contiguous chunks, at least `grain` tasks each, on several threads.
  // Returns when all are done; passes on the first exception. PyTorch's torch_parallel_for.
  virtual void parallel_for(int64_t begin, int64_t end, int64_t grain,
                            void (*fn)(int64_t begin, int64_t end, void* context),
                            void* context) = 0;
  virtual int num_threads() = 0;

  // "aten::mm.default" or "aten::mm": what call_operator takes, valid for ever; null: no such
  // operator.
  virtual void* find_operator(std::string_view name) = 0;
  // The results are the operator's tensors in order, those in lists one by one, handle null for an
  // undefined one; the caller owns the handles. Throws what the operator throws. Their number has
  // to be results.size().
  virtual void call_operator(void* op, std::span<const OperatorArgument> arguments,
                             std::span<TensorRef> results) = 0;

  // The state of the default generator of the device, advanced by `increment` (a multiple of 4).
  struct RandomState {
    int64_t seed, offset;
  };
  virtual RandomState random_state(int64_t increment, Device device) = 0;

  // The current stream of a CUDA device; null on CPU.
  virtual void* current_stream(Device device) = 0;

  // One line for the user.
  virtual void warn(const std::string& message) = 0;
};

}  // namespace hidet
