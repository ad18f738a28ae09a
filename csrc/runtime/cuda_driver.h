// CudaDriver: NVIDIA's driver, opened at run time, and its devices. Nothing is linked: a machine
// without a GPU is one where `open` declines.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/cuda_api.h"

namespace hidet {

struct CudaDeviceInfo {
  std::string name;
  int major = 0, minor = 0;  // compute capability
  int multiprocessors = 0;
  double clock_hertz = 0;
  int64_t memory_bytes = 0;
  int64_t l2_bytes = 0;
  int shared_bytes_of_block = 0;  // at most
};

class CudaDriver {
 public:
  // $HIDET_LIBCUDA (a file), else libcuda.so.1 as the loader finds it. What was opened once is what
  // later calls return, as long as the variable is the same. Declines with what to do.
  static Result<std::shared_ptr<const CudaDriver>> open();
  // Of a file, afresh.
  static Result<std::shared_ptr<const CudaDriver>> open_library(const std::string& file);

  // 13020 for 13.2: the CUDA version that it serves.
  int version() const { return version_; }
  const std::vector<CudaDeviceInfo>& devices() const { return devices_; }
  const CudaFunctions& functions() const { return functions_; }

  // "out of memory (CUDA_ERROR_OUT_OF_MEMORY, 2)".
  std::string error_text(int error) const;

  // The context that PyTorch works in, too. Declines without the device or its memory.
  Result<CudaContextHandle> primary_context(int device) const;

 private:
  CudaDriver() = default;

  CudaFunctions functions_{};
  int version_ = 0;
  std::vector<CudaDeviceInfo> devices_;
  std::vector<int> handles_;
  mutable std::mutex mutex_;
  mutable std::vector<CudaContextHandle> contexts_;
};

// A context made current on this thread, and the one before again at the end.
class CudaContextScope {
 public:
  CudaContextScope(const CudaFunctions& functions, CudaContextHandle context);
  ~CudaContextScope();
  CudaContextScope(const CudaContextScope&) = delete;
  CudaContextScope& operator=(const CudaContextScope&) = delete;
  int error() const { return error_; }

 private:
  const CudaFunctions& functions_;
  CudaContextHandle before_ = nullptr;
  bool changed_ = false;
  int error_ = kCudaSuccess;
};

}  // namespace hidet
