#include "driver/gpu_kernel.h"

#include "target/target.h"

namespace hidet {

namespace {

constexpr const char* kWaysOut =
    "run it on CUDA tensors on a machine with such a GPU, or with options={\"execute\": "
    "\"emulate\"}, which runs the kernels on the CPU";

}  // namespace

std::shared_ptr<const CudaKernel> GpuKernel::kernel_on(int device, int64_t shared_bytes) const {
  const std::lock_guard lock(mutex_);
  auto& kernel = kernels_[device];
  if (kernel) return kernel;
  const auto driver = CudaDriver::open();
  HIDET_REQUIRE(driver, "a graph for {} cannot run here: {}; {}", target_, driver.reason(),
                kWaysOut);
  HIDET_REQUIRE(device < static_cast<int>((*driver)->devices().size()), "there is no GPU {}: {}",
                device, kWaysOut);
  const CudaDeviceInfo& info = (*driver)->devices()[static_cast<size_t>(device)];
  const auto needed = cuda_target_of_capability(info.major, info.minor);
  HIDET_REQUIRE(needed && *needed == target_, "a graph for {} does not run on {} ({}.{}): {}",
                target_, info.name, info.major, info.minor,
                needed ? "compile it for " + *needed : needed.reason());
  const auto module = CudaModule::load(*driver, device, code_->cubin);
  HIDET_REQUIRE(module, "{}", module.reason());
  auto found = (*module)->kernel(code_->resources.kernel, static_cast<int>(shared_bytes));
  HIDET_REQUIRE(found, "{}", found.reason());
  return kernel = std::move(*found);
}

int32_t GpuKernel::launch(const KernelRecord&, const DeviceLaunch& launch, Host& host) const {
  if (launch.device.kind != DeviceKind::cuda)
    HIDET_USER_ERROR(runtime, "this graph is compiled for {}, and its tensors are on the CPU: {}",
                     target_, kWaysOut);
  const auto kernel = kernel_on(launch.device.index, launch.shared_bytes);
  // A null status word makes a kernel that would report an index out of range stop the device, as
  // PyTorch's kernels do: nothing waits for the result.
  std::vector<uint64_t> values;
  for (void* buffer : launch.buffers) values.push_back(reinterpret_cast<uint64_t>(buffer));
  for (const int64_t size : launch.sizes) values.push_back(static_cast<uint64_t>(size));
  if (static_cast<int>(values.size()) < kernel->parameters()) values.push_back(0);
  std::vector<void*> arguments;
  for (uint64_t& value : values) arguments.push_back(&value);
  CudaCall call;
  call.grid = {launch.grid[0], launch.grid[1], launch.grid[2]};
  call.threads = launch.threads;
  call.dynamic_shared = static_cast<int>(launch.shared_bytes);
  call.stream = static_cast<CudaStreamHandle>(host.current_stream(launch.device));
  call.arguments = arguments;
  kernel->launch(call);
  return 0;
}

}  // namespace hidet
