// CudaStream: the stream that is current on a device, for all but launches.
#pragma once

#include "runtime/cuda_driver.h"
#include "runtime/host.h"

namespace hidet {

class CudaStream {
 public:
  // UserError (runtime) where there is no driver or no such device.
  CudaStream(Device device, Host& host);

  // Recorded for a CUDA graph: nothing may be loaded or waited for, and what is computed is not
  // there before the graph is launched.
  bool capturing() const;
  void zero(void* memory, size_t bytes) const;
  // What is at `value`, in ordinary memory, now: 1, 2, 4 or 8 bytes. Nothing waits, and a capture
  // keeps the number, as it does of a kernel's arguments.
  void set(void* memory, const void* value, int bytes) const;
  // Either side may be of the device or, unless the stream is capturing, ordinary memory.
  void copy(void* to, const void* from, size_t bytes) const;
  // Until all streams of the device have done what they were given.
  void synchronize_device() const;

 private:
  template <class Call>
  void make(const char* what, Call&& call) const;

  std::shared_ptr<const CudaDriver> driver_;
  Device device_;
  CudaContextHandle context_ = nullptr;
  CudaStreamHandle stream_ = nullptr;
};

}  // namespace hidet
