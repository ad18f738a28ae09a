// The driver, modules and launches, against a libcuda that writes down what it is asked for.
#include "runtime/cuda_driver.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <thread>

#include "runtime/cubin.h"
#include "runtime/cuda_module.h"
#include "runtime/nvrtc_for_test.h"
#include "runtime/stub_cuda/stub_cuda.h"
#include "runtime/tiny_cubin_for_test.h"

namespace hidet {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class CudaStub : public ::testing::Test {
 protected:
  void SetUp() override {
    library_ = dlopen(HIDET_STUB_CUDA, RTLD_NOW | RTLD_LOCAL);
    ASSERT_TRUE(library_) << dlerror();
    reset_ = function<StubCudaReset>("stub_cuda_reset");
    fail = function<StubCudaFail>("stub_cuda_fail");
    devices = function<StubCudaDevices>("stub_cuda_devices");
    log_ = function<StubCudaLog>("stub_cuda_log");
    reset_();
  }
  void TearDown() override { reset_(); }

  static Result<std::shared_ptr<const CudaDriver>> open() {
    return CudaDriver::open_library(HIDET_STUB_CUDA);
  }
  // Of kernels "scale", with a pointer and an int, and "large", with static shared memory.
  static Result<std::shared_ptr<const CudaModule>> load(int device = 0) {
    return CudaModule::load(
        *open(), device,
        tiny_cubin(
            {{.name = "scale", .parameters = {8, 4}},
             {.name = "large", .parameters = {8}, .static_shared = 16 << 10, .max_threads = 128}}));
  }
  static std::shared_ptr<const CudaKernel> scale() { return *(*load())->kernel("scale"); }
  // What launches wrote, without loads.
  std::string launches() const {
    std::istringstream lines(log_());
    std::string text;
    for (std::string line; std::getline(lines, line);)
      if (!line.starts_with("load") && !line.starts_with("unload")) text += line + "\n";
    return text;
  }
  std::string log() const { return log_(); }
  // Of a launch of `scale` that fails so.
  std::string launch_error(int error) {
    const auto kernel = scale();
    fail("cuLaunchKernelEx", error, 0);
    try {
      kernel->launch({.grid = {4, 1, 1}, .threads = 128, .arguments = arguments_});
    } catch (const UserError& user_error) {
      EXPECT_EQ(user_error.kind, UserError::Kind::runtime);
      return user_error.what();
    }
    return "";
  }

  uint64_t pointer_ = 0x0011223344556677;
  int32_t number_ = 4;
  std::array<void*, 2> arguments_ = {&pointer_, &number_};
  StubCudaFail fail = nullptr;
  StubCudaDevices devices = nullptr;

 private:
  template <class Function>
  Function function(const char* name) {
    auto found = reinterpret_cast<Function>(dlsym(library_, name));
    EXPECT_TRUE(found) << name;
    return found;
  }
  void* library_ = nullptr;
  StubCudaReset reset_ = nullptr;
  StubCudaLog log_ = nullptr;
};

TEST_F(CudaStub, DevicesAreRead) {
  devices(2, 8, 6, 99 << 10);
  const auto driver = open();
  ASSERT_TRUE(driver) << driver.reason();
  EXPECT_EQ((*driver)->version(), 13020);
  ASSERT_EQ((*driver)->devices().size(), 2u);
  const CudaDeviceInfo& info = (*driver)->devices()[1];
  EXPECT_EQ(info.name, "Stub GPU");
  EXPECT_EQ(info.major, 8);
  EXPECT_EQ(info.minor, 6);
  EXPECT_EQ(info.multiprocessors, 132);
  EXPECT_EQ(info.shared_bytes_of_block, 99 << 10);
  EXPECT_EQ(info.memory_bytes, int64_t{80} << 30);
}

TEST_F(CudaStub, TheVariableNamesTheLibrary) {
  ASSERT_EQ(setenv("HIDET_LIBCUDA", HIDET_STUB_CUDA, 1), 0);
  const auto one = CudaDriver::open(), other = CudaDriver::open();
  ASSERT_EQ(setenv("HIDET_LIBCUDA", "/nonexistent/libcuda.so", 1), 0);
  const auto none = CudaDriver::open();
  unsetenv("HIDET_LIBCUDA");
  ASSERT_TRUE(one) << one.reason();
  EXPECT_EQ(*one, *other);
  ASSERT_FALSE(none);
  EXPECT_TRUE(contains(none.reason(), "/nonexistent/libcuda.so")) << none.reason();
  EXPECT_TRUE(contains(none.reason(), "emulate")) << none.reason();
}

TEST_F(CudaStub, ADriverThatIsTooOldIsNamed) {
  const auto driver = CudaDriver::open_library(HIDET_STUB_CUDA_OLD);
  ASSERT_FALSE(driver);
  EXPECT_TRUE(contains(driver.reason(), "for CUDA 11.4) is too old: it has no cuLaunchKernelEx"))
      << driver.reason();
}

TEST_F(CudaStub, WhyTheDriverDoesNotStart) {
  const std::pair<int, const char*> reasons[] = {{kCudaNoDevice, "there is no CUDA GPU"},
                                                 {kCudaStubLibrary, "to link with"},
                                                 {kCudaDriverMismatch, "reinstall the driver"},
                                                 {kCudaInvalidValue, "does not start"}};
  for (const auto& [error, reason] : reasons) {
    fail("cuInit", error, 0);
    const auto driver = open();
    ASSERT_FALSE(driver);
    EXPECT_TRUE(contains(driver.reason(), reason)) << driver.reason();
    EXPECT_TRUE(contains(driver.reason(), ", " + std::to_string(error) + ")")) << driver.reason();
  }
  fail("cuInit", 0, 0);
  devices(0, 9, 0, 0);
  EXPECT_TRUE(contains(open().reason(), "there is no CUDA GPU")) << open().reason();
}

TEST_F(CudaStub, ALaunchIsWhatWasAsked) {
  const auto kernel = scale();
  EXPECT_EQ(kernel->parameters(), 2);
  EXPECT_EQ(kernel->registers(), 32);
  EXPECT_EQ(kernel->max_threads(), 1024);
  kernel->launch({.grid = {4, 2, 3},
                  .threads = 128,
                  .dynamic_shared = 1024,
                  .stream = reinterpret_cast<CudaStreamHandle>(7),
                  .arguments = arguments_});
  EXPECT_EQ(launches(),
            "launch scale grid 4 2 3 block 128 1 1 shared 1024 stream 7 device 0 arguments "
            "7766554433221100 04000000\n");
}

TEST_F(CudaStub, AttributesAreHandedOn) {
  scale()->launch({.grid = {4, 1, 1},
                   .cluster = {2, 1, 1},
                   .threads = 32,
                   .programmatic_serialization = true,
                   .cooperative = true,
                   .arguments = arguments_});
  EXPECT_TRUE(contains(launches(), "device 0 cluster 2 1 1 programmatic cooperative arguments"))
      << launches();
}

TEST_F(CudaStub, AClusterAboveEightBlocksIsAskedFor) {
  scale()->launch(
      {.grid = {16, 1, 1}, .cluster = {16, 1, 1}, .threads = 32, .arguments = arguments_});
  EXPECT_TRUE(launches().starts_with("attribute scale 14 1\nlaunch scale")) << launches();
}

TEST_F(CudaStub, SharedMemoryAboveTheUsualIsAskedForOnce) {
  const auto kernel = scale();
  CudaCall launch = {.grid = {1, 1, 1}, .threads = 32, .arguments = arguments_};
  for (int bytes : {48 << 10, 100 << 10, 64 << 10, 100 << 10}) {
    launch.dynamic_shared = bytes;
    kernel->launch(launch);
  }
  EXPECT_EQ(log().find("attribute scale 8 102400"), log().rfind("attribute scale"));
  EXPECT_TRUE(contains(log(), "attribute scale 8 102400"));
}

TEST_F(CudaStub, StaticSharedMemoryCounts) {
  const auto kernel = (*load())->kernel("large", 33 << 10);  // 49 KiB with its static part
  ASSERT_TRUE(kernel) << kernel.reason();
  EXPECT_EQ((*kernel)->static_shared(), 16 << 10);
  EXPECT_EQ(launches(), "attribute large 8 33792\n");
}

TEST_F(CudaStub, MoreSharedMemoryThanTheDeviceHasIsDeclinedBeforeALaunch) {
  devices(1, 8, 6, 99 << 10);
  const auto module = load();
  ASSERT_TRUE(module) << module.reason();
  EXPECT_TRUE((*module)->kernel("scale", 99 << 10));
  const auto kernel = (*module)->kernel("large", 84 << 10);
  ASSERT_FALSE(kernel);
  EXPECT_TRUE(contains(kernel.reason(),
                       "takes 102400 bytes of shared memory, GPU 0 (Stub GPU) has "
                       "101376 for a block"))
      << kernel.reason();
}

TEST_F(CudaStub, AGridWithoutBlocksLaunchesNothing) {
  scale()->launch({.grid = {4, 0, 1}, .threads = 32, .arguments = arguments_});
  EXPECT_EQ(launches(), "");
}

TEST_F(CudaStub, WhatNoGpuTakesIsRefused) {
  const auto kernel = scale();
  EXPECT_THROW(kernel->launch({.grid = {1, 65536, 1}, .threads = 32, .arguments = arguments_}),
               UserError);
  EXPECT_THROW(kernel->launch({.grid = {1, 1, 1}, .threads = 32}), InternalError);
  EXPECT_THROW(kernel->launch({.threads = 1025, .arguments = arguments_}), InternalError);
  EXPECT_THROW(
      kernel->launch(
          {.grid = {3, 1, 1}, .cluster = {2, 1, 1}, .threads = 32, .arguments = arguments_}),
      InternalError);
  EXPECT_EQ(launches(), "");
}

TEST_F(CudaStub, FailedLaunchesSayWhy) {
  const std::string memory = launch_error(kCudaOutOfMemory);
  EXPECT_TRUE(contains(memory, "CUDA out of memory")) << memory;
  EXPECT_TRUE(contains(memory, "kernel scale on GPU 0 (Stub GPU): grid 4 x 1 x 1, 128 threads"))
      << memory;
  const std::string earlier = launch_error(kCudaIllegalAddress);
  EXPECT_TRUE(contains(earlier, "in an earlier kernel")) << earlier;
  EXPECT_TRUE(contains(earlier, "CUDA_ERROR_ILLEGAL_ADDRESS, 700")) << earlier;
  const std::string resources = launch_error(kCudaLaunchOutOfResources);
  EXPECT_TRUE(contains(resources, "too few registers")) << resources;
  const std::string other = launch_error(12345);
  EXPECT_TRUE(contains(other, "(?, 12345)")) << other;
}

TEST_F(CudaStub, AFailureComesAfterSuccesses) {
  const auto kernel = scale();
  fail("cuLaunchKernelEx", kCudaOutOfMemory, 2);
  const CudaCall launch = {.threads = 32, .arguments = arguments_};
  kernel->launch(launch);
  kernel->launch(launch);
  EXPECT_THROW(kernel->launch(launch), UserError);
}

TEST_F(CudaStub, FailedLoadsSayWhy) {
  const std::tuple<const char*, int, const char*> cases[] = {
      {"cuModuleLoadData", kCudaOutOfMemory, "no memory for the code of a kernel"},
      {"cuModuleLoadData", kCudaNoBinaryForGpu, "compute capability 9.0) does not run this code"},
      {"cuModuleLoadData", kCudaNotFound, "code cannot be loaded"},
      {"cuCtxGetCurrent", kCudaInvalidContext, "code cannot be loaded"},
      {"cuCtxSetCurrent", kCudaInvalidContext, "code cannot be loaded"},
      {"cuDevicePrimaryCtxRetain", kCudaOutOfMemory, "gives no context"}};
  for (const auto& [call, error, reason] : cases) {
    fail(call, error, 0);
    const auto module = load();
    fail(call, 0, 0);
    ASSERT_FALSE(module) << call;
    EXPECT_TRUE(contains(module.reason(), reason)) << module.reason();
  }
  const auto none = CudaModule::load(*open(), 0, "no binary");
  ASSERT_FALSE(none);
  EXPECT_TRUE(contains(none.reason(), "no CUDA binary")) << none.reason();
  EXPECT_TRUE(contains(load(3).reason(), "there is no GPU 3: there are 1")) << load(3).reason();
}

TEST_F(CudaStub, FailedKernelsSayWhy) {
  const auto module = load();
  EXPECT_TRUE(contains((*module)->kernel("other").reason(), "no kernel other"));
  fail("cuModuleGetFunction", kCudaNotFound, 0);
  EXPECT_TRUE(contains((*module)->kernel("scale").reason(), "kernel scale is not found"));
  fail("cuModuleGetFunction", 0, 0);
  fail("cuFuncSetAttribute", kCudaInvalidValue, 0);
  EXPECT_TRUE(contains((*module)->kernel("scale", 100 << 10).reason(), "is refused 102400 bytes"));
}

TEST_F(CudaStub, AModuleLivesAsLongAsItsKernels) {
  auto kernel = scale();
  EXPECT_FALSE(contains(log(), "unload"));
  kernel.reset();
  EXPECT_TRUE(contains(log(), "unload"));
}

TEST_F(CudaStub, EachDeviceHasItsContext) {
  devices(2, 9, 0, 227 << 10);
  const auto driver = open();
  const std::string cubin = tiny_cubin({{.name = "scale", .parameters = {8, 4}}});
  for (int device : {1, 0}) {
    const auto module = CudaModule::load(*driver, device, cubin);
    ASSERT_TRUE(module) << module.reason();
    const auto kernel = *(*module)->kernel("scale");
    // Whatever context the thread is in, it is in it again afterwards.
    CudaContextHandle other = *(*driver)->primary_context(1 - device), after = nullptr;
    (*driver)->functions().context_set_current(other);
    kernel->launch({.threads = 32, .arguments = arguments_});
    (*driver)->functions().context_current(&after);
    EXPECT_EQ(after, other);
    (*driver)->functions().context_set_current(nullptr);
  }
  EXPECT_LT(log().find("device 1 arg"), log().find("device 0 arg"));
  EXPECT_TRUE(contains(log(), "device 0 arg"));
}

TEST_F(CudaStub, LaunchesOnSeveralThreads) {
  const auto kernel = scale();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < 50; ++j)
        kernel->launch(
            {.threads = 32, .dynamic_shared = (i * 50 + j) << 10, .arguments = arguments_});
    });
  for (std::thread& each : threads) each.join();
  const std::string text = log();
  size_t count = 0;
  for (size_t at = text.find("launch scale"); at != std::string::npos;
       at = text.find("launch scale", at + 1))
    ++count;
  EXPECT_EQ(count, 200u);
}

TEST_F(CudaStub, TakesWhatTheCompilerMakes) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const auto binary = nvrtc.compile(R"(
extern "C" __global__ void __launch_bounds__(64) add(const float* x, float* y, long long n) {
  const long long i = blockIdx.x * 64LL + threadIdx.x;
  if (i < n) y[i] += x[i];
}
)",
                                    "sm_90a");
  ASSERT_TRUE(binary) << binary.reason();
  const auto module = CudaModule::load(*open(), 0, binary->cubin);
  ASSERT_TRUE(module) << module.reason();
  const auto kernel = (*module)->kernel("add");
  ASSERT_TRUE(kernel) << kernel.reason();
  EXPECT_EQ((*kernel)->max_threads(), 64);
  EXPECT_EQ((*kernel)->registers(), binary->resources[0].registers);
  uint64_t x = 1, y = 2;
  int64_t n = 100;
  void* const arguments[] = {&x, &y, &n};
  (*kernel)->launch({.grid = {2, 1, 1}, .threads = 64, .arguments = arguments});
  EXPECT_TRUE(contains(log(), "arguments 0100000000000000 0200000000000000 6400000000000000"));
}

}  // namespace
}  // namespace hidet
