#include "runtime/gpu_kernel.h"

#include <charconv>

#include "runtime/tensor_map.h"

namespace hidet {

namespace {

constexpr const char* kWaysOut =
    "run it on CUDA tensors on a machine with such a GPU, or with options={\"execute\": "
    "\"emulate\"}, which runs the kernels on the CPU";

}  // namespace

bool runs_on_capability(std::string_view target, int major, int minor) {
  constexpr std::string_view kPrefix = "sm_";
  if (!target.starts_with(kPrefix)) return false;
  target.remove_prefix(kPrefix.size());
  int number = 0;
  const char* end = target.data() + target.size();
  const auto [rest, error] = std::from_chars(target.data(), end, number);
  if (error != std::errc() || number / 10 != major) return false;
  return rest == end ? minor >= number % 10 : minor == number % 10;
}

std::shared_ptr<const CudaKernel> GpuKernel::kernel_on(int device, int64_t shared_bytes) const {
  const std::lock_guard lock(mutex_);
  auto& kernel = kernels_[device];
  if (kernel) return kernel;
  const auto driver = CudaDriver::open();
  if (!driver)
    HIDET_USER_ERROR(runtime, "a graph for {} cannot run here: {}; {}", target_, driver.reason(),
                     kWaysOut);
  if (device >= static_cast<int>((*driver)->devices().size()))
    HIDET_USER_ERROR(runtime, "there is no GPU {}: {}", device, kWaysOut);
  const CudaDeviceInfo& info = (*driver)->devices()[static_cast<size_t>(device)];
  if (!runs_on_capability(target_, info.major, info.minor))
    HIDET_USER_ERROR(
        runtime,
        "a graph for {} does not run on GPU {} ({}, compute capability {}.{}): compile "
        "it for that, options={{\"target\": \"auto\"}} does",
        target_, device, info.name, info.major, info.minor);
  const auto module = CudaModule::load(*driver, device, code_->cubin);
  if (!module) HIDET_USER_ERROR(runtime, "{}", module.reason());
  auto found = (*module)->kernel(code_->resources.kernel, static_cast<int>(shared_bytes));
  if (!found) HIDET_USER_ERROR(runtime, "{}", found.reason());
  return kernel = std::move(*found);
}

void GpuKernel::load(const KernelRecord& record, Device device) const {
  if (device.kind != DeviceKind::cuda)
    HIDET_USER_ERROR(runtime, "this graph is compiled for {}, and its tensors are on the CPU: {}",
                     target_, kWaysOut);
  kernel_on(device.index, record.cuda.dynamic_shared_bytes.as_constant().value_or(0));
}

int32_t GpuKernel::launch(const KernelRecord& record, const DeviceLaunch& launch,
                          Host& host) const {
  const auto kernel = kernel_on(launch.device.index, launch.shared_bytes);
  // A null status word makes a kernel that would report an index out of range stop the device, as
  // PyTorch's kernels do: nothing waits for the result.
  std::vector<uint64_t> values;
  for (void* buffer : launch.buffers) values.push_back(reinterpret_cast<uint64_t>(buffer));
  for (const int64_t size : launch.sizes) values.push_back(static_cast<uint64_t>(size));
  const size_t maps_from = static_cast<size_t>(kernel->parameters()) - record.maps.size();
  if (values.size() < maps_from) values.push_back(0);
  std::vector<void*> arguments;
  for (uint64_t& value : values) arguments.push_back(&value);
  std::vector<CudaTensorMap> maps;
  for (const TensorMapRecipe& recipe : record.maps) {
    void* address = launch.buffers[static_cast<size_t>(recipe.buffer)];
    const auto map =
        encode_tensor_map(**CudaDriver::open(), tensor_map_request(recipe, address, launch.sizes));
    HIDET_REQUIRE(map, "{}", map.reason());
    maps.push_back(*map);
  }
  for (CudaTensorMap& map : maps) arguments.push_back(&map);
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
