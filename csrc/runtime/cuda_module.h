// CudaModule: a CUDA binary on one device; CudaKernel: one of its kernels, and its launches.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/cuda_driver.h"

namespace hidet {

// A launch with its sizes known.
struct CudaCall {
  std::array<int64_t, 3> grid = {1, 1, 1};  // in blocks
  std::array<int, 3> cluster = {1, 1, 1};   // in blocks
  int threads = 1;                          // of a block
  int dynamic_shared = 0;                   // bytes of a block
  CudaStreamHandle stream = nullptr;
  // The kernel may start before the one ahead of it in the stream has ended.
  bool programmatic_serialization = false;
  bool cooperative = false;
  // The address of each argument.
  std::span<void* const> arguments;
};

class CudaKernel;

// Safe to use on several threads. Alive as long as one of its kernels is.
class CudaModule : public std::enable_shared_from_this<CudaModule> {
 public:
  // Declines what the device does not run and what it has no memory for.
  static Result<std::shared_ptr<const CudaModule>> load(std::shared_ptr<const CudaDriver> driver,
                                                        int device, std::string_view cubin);
  ~CudaModule();
  CudaModule(const CudaModule&) = delete;
  CudaModule& operator=(const CudaModule&) = delete;

  // dynamic_shared: bytes of a block that launches will take; more than the device has is declined
  // here, before any launch.
  Result<std::shared_ptr<const CudaKernel>> kernel(const std::string& name,
                                                   int dynamic_shared = 0) const;

 private:
  friend class CudaKernel;
  CudaModule(std::shared_ptr<const CudaDriver> driver, int device, CudaContextHandle context);

  const CudaDeviceInfo& info() const { return driver_->devices()[device_]; }

  std::shared_ptr<const CudaDriver> driver_;
  int device_;
  CudaContextHandle context_;
  CudaModuleHandle handle_ = nullptr;
  std::map<std::string, int> parameters_;  // how many each kernel has
};

class CudaKernel {
 public:
  // Asks for shared memory above what a block has without. Neither synchronises nor allocates, so a
  // stream may be capturing. A grid without blocks launches nothing. Throws UserError (runtime),
  // where the device takes no launch or has failed already.
  void launch(const CudaCall& launch) const;

  const std::string& name() const { return name_; }
  int parameters() const { return parameters_; }
  // As the driver says.
  int registers() const { return attribute(kFunctionRegisters); }
  int local_bytes() const { return attribute(kFunctionLocalBytes); }
  int static_shared() const { return static_shared_; }
  int max_threads() const { return max_threads_; }
  int blocks_per_multiprocessor(int threads, int dynamic_shared) const;

 private:
  friend class CudaModule;
  CudaKernel(std::shared_ptr<const CudaModule> module, CudaFunctionHandle handle, std::string name,
             int parameters);

  int attribute(CudaFunctionAttribute which) const;
  // Raises what a block may take; 0 or the driver's error.
  int allow_dynamic_shared(int bytes) const;
  [[noreturn]] void fail(int error, const CudaCall& launch) const;
  void check(const CudaCall& launch) const;

  std::shared_ptr<const CudaModule> module_;
  CudaFunctionHandle handle_;
  std::string name_;
  int parameters_;
  int static_shared_ = 0;
  int max_threads_ = 0;
  mutable std::mutex mutex_;  // of changes of allowed_shared_
  mutable std::atomic<int> allowed_shared_;
};

}  // namespace hidet
