#include "runtime/cuda_module.h"

#include <algorithm>

#include "runtime/cubin.h"

namespace hidet {

Result<std::shared_ptr<const CudaModule>> CudaModule::load(std::shared_ptr<const CudaDriver> driver,
                                                           int device, std::string_view cubin) {
  const auto kernels = read_cubin(cubin);
  if (!kernels) HIDET_DECLINE("{}", kernels.reason());
  const auto context = driver->primary_context(device);
  if (!context) HIDET_DECLINE("{}", context.reason());
  std::shared_ptr<CudaModule> module(new CudaModule(std::move(driver), device, *context));
  for (const CubinKernel& each : *kernels)
    module->parameters_[each.name] = static_cast<int>(each.parameters.size());
  const CudaFunctions& cuda = module->driver_->functions();
  const CudaContextScope scope(cuda, *context);
  int error = scope.error();
  if (!error) error = cuda.module_load(&module->handle_, cubin.data());
  if (!error) return std::shared_ptr<const CudaModule>(std::move(module));
  module->handle_ = nullptr;
  const CudaDeviceInfo& info = module->info();
  const std::string text = module->driver_->error_text(error);
  if (error == kCudaNoBinaryForGpu || error == kCudaInvalidImage)
    HIDET_DECLINE("GPU {} ({}, compute capability {}.{}) does not run this code: {}", device,
                  info.name, info.major, info.minor, text);
  if (error == kCudaOutOfMemory)
    HIDET_DECLINE("no memory for the code of a kernel on GPU {} ({}, {} MiB): {}", device,
                  info.name, info.memory_bytes >> 20, text);
  HIDET_DECLINE("code cannot be loaded on GPU {} ({}): {}", device, info.name, text);
}

CudaModule::CudaModule(std::shared_ptr<const CudaDriver> driver, int device,
                       CudaContextHandle context)
    : driver_(std::move(driver)), device_(device), context_(context) {}

CudaModule::~CudaModule() {
  if (!handle_) return;
  // At the end of the process the driver may be gone before us: its answer does not matter.
  const CudaContextScope scope(driver_->functions(), context_);
  if (!scope.error()) driver_->functions().module_unload(handle_);
}

Result<std::shared_ptr<const CudaKernel>> CudaModule::kernel(const std::string& name,
                                                             int dynamic_shared) const {
  const auto known = parameters_.find(name);
  HIDET_DECLINE_UNLESS(known != parameters_.end(), "the code has no kernel {}", name);
  const CudaContextScope scope(driver_->functions(), context_);
  CudaFunctionHandle handle = nullptr;
  int error = scope.error();
  if (!error) error = driver_->functions().module_function(&handle, handle_, name.c_str());
  if (error)
    HIDET_DECLINE("kernel {} is not found on GPU {}: {}", name, device_,
                  driver_->error_text(error));
  std::shared_ptr<CudaKernel> kernel(
      new CudaKernel(shared_from_this(), handle, name, known->second));
  const int most = info().shared_bytes_of_block - kernel->static_shared_;
  HIDET_DECLINE_UNLESS(dynamic_shared <= most,
                       "kernel {} takes {} bytes of shared memory, GPU {} ({}) has {} for a block",
                       name, dynamic_shared + kernel->static_shared_, device_, info().name,
                       info().shared_bytes_of_block);
  if ((error = kernel->allow_dynamic_shared(dynamic_shared)))
    HIDET_DECLINE("kernel {} is refused {} bytes of shared memory on GPU {}: {}", name,
                  dynamic_shared, device_, driver_->error_text(error));
  return std::shared_ptr<const CudaKernel>(std::move(kernel));
}

}  // namespace hidet
