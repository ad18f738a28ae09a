// Launches of CUDA kernels.
#include <algorithm>

#include "runtime/cuda_module.h"

namespace hidet {

namespace {

constexpr int kSharedWithoutRequest = 48 << 10;
constexpr int kPortableCluster = 8;  // blocks that every device with clusters takes
constexpr int64_t kMostBlocks[3] = {0x7fffffff, 0xffff, 0xffff};

int blocks_of(const std::array<int, 3>& cluster) {
  return cluster[0] * cluster[1] * cluster[2];
}

}  // namespace

CudaKernel::CudaKernel(std::shared_ptr<const CudaModule> module, CudaFunctionHandle handle,
                       std::string name, int parameters)
    : module_(std::move(module)),
      handle_(handle),
      name_(std::move(name)),
      parameters_(parameters),
      static_shared_(attribute(kFunctionStaticShared)),
      max_threads_(attribute(kFunctionMaxThreads)),
      allowed_shared_(std::max(0, kSharedWithoutRequest - static_shared_)) {}

int CudaKernel::attribute(CudaFunctionAttribute which) const {
  int value = 0;
  module_->driver_->functions().function_attribute(&value, which, handle_);
  return value;
}

int CudaKernel::allow_dynamic_shared(int bytes) const {
  if (bytes <= allowed_shared_.load(std::memory_order_relaxed)) return kCudaSuccess;
  // Never lowered: another thread may be about to launch with more.
  const std::lock_guard lock(mutex_);
  if (bytes <= allowed_shared_.load(std::memory_order_relaxed)) return kCudaSuccess;
  const int error = module_->driver_->functions().function_set_attribute(
      handle_, kFunctionMaxDynamicShared, bytes);
  if (!error) allowed_shared_.store(bytes, std::memory_order_relaxed);
  return error;
}

int CudaKernel::blocks_per_multiprocessor(int threads, int dynamic_shared) const {
  const CudaContextScope scope(module_->driver_->functions(), module_->context_);
  int blocks = 0;
  const int error = module_->driver_->functions().blocks_per_multiprocessor(
      &blocks, handle_, threads, static_cast<size_t>(dynamic_shared));
  return error ? 0 : blocks;
}

void CudaKernel::check(const CudaCall& launch) const {
  HIDET_ASSERT(static_cast<int>(launch.arguments.size()) == parameters_,
               "kernel {} has {} parameters, not {}", name_, parameters_, launch.arguments.size());
  HIDET_ASSERT(launch.threads > 0 && launch.threads <= max_threads_,
               "kernel {} is for blocks of at most {} threads, not {}", name_, max_threads_,
               launch.threads);
  for (int i = 0; i < 3; ++i) {
    HIDET_ASSERT(
        launch.grid[i] >= 0 && launch.cluster[i] > 0 && launch.grid[i] % launch.cluster[i] == 0,
        "kernel {}: {} blocks in clusters of {}", name_, launch.grid[i], launch.cluster[i]);
    if (launch.grid[i] > kMostBlocks[i])
      HIDET_USER_ERROR(value, "kernel {} needs {} blocks in dimension {}; a GPU takes at most {}",
                       name_, launch.grid[i], i, kMostBlocks[i]);
  }
}

void CudaKernel::launch(const CudaCall& launch) const {
  check(launch);
  if (launch.grid[0] == 0 || launch.grid[1] == 0 || launch.grid[2] == 0) return;
  const CudaFunctions& cuda = module_->driver_->functions();
  CudaLaunchAttribute attributes[4];
  unsigned count = 0;
  auto add = [&](CudaLaunchAttribute::Id id) -> CudaLaunchAttribute& {
    attributes[count] = {.id = id, .unused = 0, .bytes = {}};
    return attributes[count++];
  };
  if (blocks_of(launch.cluster) > 1) {
    CudaLaunchAttribute& cluster = add(CudaLaunchAttribute::cluster_dimension);
    for (int i = 0; i < 3; ++i) cluster.dimension[i] = static_cast<unsigned>(launch.cluster[i]);
  }
  if (launch.programmatic_serialization)
    add(CudaLaunchAttribute::programmatic_serialization).number = 1;
  if (launch.cooperative) add(CudaLaunchAttribute::cooperative).number = 1;
  const CudaLaunchConfiguration configuration = {
      .grid = {static_cast<unsigned>(launch.grid[0]), static_cast<unsigned>(launch.grid[1]),
               static_cast<unsigned>(launch.grid[2])},
      .block = {static_cast<unsigned>(launch.threads), 1, 1},
      .dynamic_shared = static_cast<unsigned>(launch.dynamic_shared),
      .stream = launch.stream,
      .attributes = count ? attributes : nullptr,
      .attribute_count = count};
  const CudaContextScope scope(cuda, module_->context_);
  int error = scope.error();
  if (!error) error = allow_dynamic_shared(launch.dynamic_shared);
  if (!error && blocks_of(launch.cluster) > kPortableCluster)
    error = cuda.function_set_attribute(handle_, kFunctionNonPortableCluster, 1);
  if (!error)
    error =
        cuda.launch(&configuration, handle_, const_cast<void**>(launch.arguments.data()), nullptr);
  if (error) fail(error, launch);
}

void CudaKernel::fail(int error, const CudaCall& launch) const {
  const std::string text = module_->driver_->error_text(error);
  const std::string where = hidet::format(
      "kernel {} on GPU {} ({}): grid {} x {} x {}, {} threads, {} + {} bytes of shared memory",
      name_, module_->device_, module_->info().name, launch.grid[0], launch.grid[1], launch.grid[2],
      launch.threads, static_shared_, launch.dynamic_shared);
  switch (error) {
    case kCudaOutOfMemory:
      HIDET_USER_ERROR(runtime, "CUDA out of memory at the launch of {}: {}", where, text);
    case kCudaIllegalAddress:
    case kCudaMisalignedAddress:
    case kCudaLaunchFailed:
    case kCudaLaunchTimeout:
    case kCudaAssert:
      HIDET_USER_ERROR(runtime,
                       "the GPU had failed before this launch, in an earlier kernel, ours or not: "
                       "{}. CUDA_LAUNCH_BLOCKING=1 finds it; this process cannot use the GPU any "
                       "more. Next would have been {}",
                       text, where);
    case kCudaLaunchOutOfResources:
      HIDET_USER_ERROR(runtime, "the GPU has too few registers or threads for {}: {}", where, text);
    default:
      HIDET_USER_ERROR(runtime, "the launch of {} failed: {}", where, text);
  }
}

}  // namespace hidet
