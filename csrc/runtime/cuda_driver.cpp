#include "runtime/cuda_driver.h"

#include <dlfcn.h>

#include <cstdlib>
#include <map>

namespace hidet {

namespace {

constexpr const char* kUsualName = "libcuda.so.1";
// The first driver that has every function used.
constexpr const char* kOldestDriver = "525 (CUDA 12.0)";

// The name of the first function that the library lacks; empty where it has all.
std::string find_functions(void* library, CudaFunctions& f) {
  std::string missing;
  auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(dlsym(library, name));
    if (!function && missing.empty()) missing = name;
  };
  find(f.init, "cuInit");
  find(f.driver_version, "cuDriverGetVersion");
  find(f.error_name, "cuGetErrorName");
  find(f.error_string, "cuGetErrorString");
  find(f.device_count, "cuDeviceGetCount");
  find(f.device_get, "cuDeviceGet");
  find(f.device_name, "cuDeviceGetName");
  find(f.device_attribute, "cuDeviceGetAttribute");
  find(f.device_memory, "cuDeviceTotalMem_v2");
  find(f.primary_context_retain, "cuDevicePrimaryCtxRetain");
  find(f.context_current, "cuCtxGetCurrent");
  find(f.context_set_current, "cuCtxSetCurrent");
  find(f.module_load, "cuModuleLoadData");
  find(f.module_unload, "cuModuleUnload");
  find(f.module_function, "cuModuleGetFunction");
  find(f.function_attribute, "cuFuncGetAttribute");
  find(f.function_set_attribute, "cuFuncSetAttribute");
  find(f.blocks_per_multiprocessor, "cuOccupancyMaxActiveBlocksPerMultiprocessor");
  find(f.stream_capturing, "cuStreamIsCapturing");
  find(f.set_bytes, "cuMemsetD8Async");
  find(f.set_halves, "cuMemsetD16Async");
  find(f.set_words, "cuMemsetD32Async");
  find(f.copy_bytes, "cuMemcpyAsync");
  find(f.context_synchronize, "cuCtxSynchronize");
  find(f.launch, "cuLaunchKernelEx");
  find(f.tensor_map_tiled, "cuTensorMapEncodeTiled");
  return missing;
}

std::string why_not_started(int error) {
  switch (error) {
    case kCudaNoDevice:
      return "there is no CUDA GPU that this process may see (is CUDA_VISIBLE_DEVICES set?)";
    case kCudaStubLibrary:
      return "this libcuda is the toolkit's, to link with; the driver's own has to come first";
    case kCudaDriverMismatch:
      return "the driver's kernel module and its library are of different versions: restart, or "
             "reinstall the driver";
    default:
      return "the NVIDIA driver does not start";
  }
}

CudaDeviceInfo info_of(const CudaFunctions& f, int device) {
  CudaDeviceInfo info;
  auto attribute = [&](CudaDeviceAttribute which) {
    int value = 0;
    f.device_attribute(&value, which, device);
    return value;
  };
  char name[256] = {};
  f.device_name(name, sizeof(name) - 1, device);
  size_t memory = 0;
  f.device_memory(&memory, device);
  info.name = name;
  info.memory_bytes = static_cast<int64_t>(memory);
  info.major = attribute(kDeviceCapabilityMajor);
  info.minor = attribute(kDeviceCapabilityMinor);
  info.multiprocessors = attribute(kDeviceMultiprocessors);
  info.clock_hertz = 1e3 * attribute(kDeviceClockKilohertz);
  info.l2_bytes = attribute(kDeviceL2Bytes);
  info.shared_bytes_of_block = attribute(kDeviceSharedBytesOfBlock);
  return info;
}

}  // namespace

std::string CudaDriver::error_text(int error) const {
  const char *name = nullptr, *text = nullptr;
  functions_.error_name(error, &name);
  functions_.error_string(error, &text);
  return hidet::format("{} ({}, {})", text ? text : "unknown error", name ? name : "?", error);
}

Result<std::shared_ptr<const CudaDriver>> CudaDriver::open_library(const std::string& file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    HIDET_DECLINE("no NVIDIA driver: {}. Without a GPU, execute=\"emulate\" runs CUDA kernels",
                  dlerror());
  // Never closed: the driver keeps threads and exit handlers.
  std::shared_ptr<CudaDriver> driver(new CudaDriver);
  CudaFunctions& f = driver->functions_;
  if (const std::string missing = find_functions(library, f); !missing.empty()) {
    if (f.driver_version) f.driver_version(&driver->version_);
    HIDET_DECLINE("the NVIDIA driver ({}, for CUDA {}.{}) is too old: it has no {}. {} is needed",
                  file, driver->version_ / 1000, driver->version_ % 1000 / 10, missing,
                  kOldestDriver);
  }
  if (int error = f.init(0))
    HIDET_DECLINE("{}: {}", why_not_started(error), driver->error_text(error));
  f.driver_version(&driver->version_);
  int count = 0;
  if (int error = f.device_count(&count))
    HIDET_DECLINE("the GPUs cannot be counted: {}", driver->error_text(error));
  HIDET_DECLINE_UNLESS(count > 0, "{}", why_not_started(kCudaNoDevice));
  for (int i = 0; i < count; ++i) {
    int device = 0;
    if (int error = f.device_get(&device, i))
      HIDET_DECLINE("GPU {} cannot be used: {}", i, driver->error_text(error));
    driver->handles_.push_back(device);
    driver->devices_.push_back(info_of(f, device));
  }
  driver->contexts_.resize(count);
  return std::shared_ptr<const CudaDriver>(std::move(driver));
}

Result<std::shared_ptr<const CudaDriver>> CudaDriver::open() {
  static std::mutex mutex;
  static auto& by_file = *new std::map<std::string, std::shared_ptr<const CudaDriver>>;
  const char* variable = std::getenv("HIDET_LIBCUDA");
  const std::string file = variable && *variable ? variable : kUsualName;
  const std::lock_guard lock(mutex);
  if (auto found = by_file.find(file); found != by_file.end()) return found->second;
  auto driver = open_library(file);
  if (driver) by_file[file] = *driver;
  return driver;
}

Result<CudaContextHandle> CudaDriver::primary_context(int device) const {
  HIDET_DECLINE_UNLESS(device >= 0 && device < static_cast<int>(handles_.size()),
                       "there is no GPU {}: there are {}", device, handles_.size());
  const std::lock_guard lock(mutex_);
  CudaContextHandle& context = contexts_[device];
  if (!context)
    if (int error = functions_.primary_context_retain(&context, handles_[device])) {
      context = nullptr;
      HIDET_DECLINE("GPU {} ({}) gives no context: {}", device, devices_[device].name,
                    error_text(error));
    }
  return context;
}

CudaContextScope::CudaContextScope(const CudaFunctions& functions, CudaContextHandle context)
    : functions_(functions) {
  error_ = functions_.context_current(&before_);
  if (error_ || before_ == context) return;
  error_ = functions_.context_set_current(context);
  changed_ = !error_;
}

CudaContextScope::~CudaContextScope() {
  if (changed_) functions_.context_set_current(before_);
}

}  // namespace hidet
