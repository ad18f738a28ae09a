// Plans with CUDA kernels, called without a GPU: what the driver is asked for, and what it refuses.
#include "runtime/gpu_kernel.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <sstream>

#include "runtime/executor.h"
#include "runtime/sample_plans.h"
#include "runtime/stub_cuda/stub_cuda.h"
#include "runtime/tiny_cubin_for_test.h"

namespace hidet {
namespace {

using Kind = PlanBuffer::Kind;
using sample::s;

constexpr Device kGpu{DeviceKind::cuda, 0};

// `HIDET_LIBCUDA` is the stub, as of the start.
class GpuKernelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(setenv("HIDET_LIBCUDA", HIDET_STUB_CUDA, 1), 0);
    library_ = dlopen(HIDET_STUB_CUDA, RTLD_NOW | RTLD_LOCAL);
    ASSERT_TRUE(library_) << dlerror();
    reset_ = function<StubCudaReset>("stub_cuda_reset");
    fail = function<StubCudaFail>("stub_cuda_fail");
    capture = function<StubCudaCapture>("stub_cuda_capture");
    log_ = function<StubCudaLog>("stub_cuda_log");
    reset_();
    host_.stream = reinterpret_cast<void*>(uintptr_t{7});
  }
  void TearDown() override {
    for (FakeTensor* tensor : tensors_) host_.release(tensor);
    EXPECT_EQ(host_.tensors, 0);
    EXPECT_EQ(host_.allocated, 0);
    reset_();
    unsetenv("HIDET_LIBCUDA");
  }

  FakeTensor* tensor(std::vector<float> elements, Device device = kGpu) {
    const auto size = static_cast<int64_t>(elements.size());
    tensors_.push_back(host_.tensor({size}, std::move(elements), device));
    return tensors_.back();
  }
  static CallValue value(FakeTensor* tensor) { return sample::tensor_value(tensor); }

  std::vector<CallValue> run(Executor& executor, const std::vector<CallValue>& arguments) {
    std::vector<CallValue> results(executor.plan().outputs.size());
    executor.run(arguments, results);
    return results;
  }
  void run_and_drop(Executor& executor, const std::vector<CallValue>& arguments) {
    for (const CallValue& result : run(executor, arguments)) host_.release(result.tensor.handle);
  }
  std::string error_of(Executor& executor, const std::vector<CallValue>& arguments) {
    try {
      run_and_drop(executor, arguments);
    } catch (const UserError& error) {
      return error.what();
    }
    return "no error";
  }
  // Since the last call of this, without unloads of other tests' modules.
  std::vector<std::string> log() {
    std::istringstream lines(log_());
    std::vector<std::string> result;
    size_t number = 0;
    for (std::string line; std::getline(lines, line); ++number)
      if (number >= seen_ && !line.starts_with("unload")) result.push_back(line);
    seen_ = number;
    return result;
  }
  static std::vector<std::string> first_words(const std::vector<std::string>& lines) {
    std::vector<std::string> words;
    for (const std::string& line : lines) words.push_back(line.substr(0, line.find(' ')));
    return words;
  }

  FakeHost host_;
  StubCudaFail fail = nullptr;
  StubCudaCapture capture = nullptr;

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
  size_t seen_ = 0;
  std::vector<FakeTensor*> tensors_;
};

// The kernel of a record: its buffers, its sizes, nothing else.
LoadedKernel gpu_kernel(const KernelRecord& record, const std::string& target = "sm_90a",
                        int static_shared = 0) {
  auto code = std::make_shared<CudaCode>();
  const std::vector<int> parameters(record.arguments.size() + record.has_status, 8);
  code->cubin = tiny_cubin({{.name = record.symbol,
                             .parameters = parameters,
                             .static_shared = static_shared,
                             .max_threads = 256}});
  code->resources.kernel = record.symbol;
  return {nullptr, nullptr, std::make_shared<GpuKernel>(code, target)};
}
std::vector<LoadedKernel> gpu_kernels(const Plan& plan) {
  std::vector<LoadedKernel> kernels;
  for (const KernelRecord& record : plan.kernels) kernels.push_back(gpu_kernel(record));
  return kernels;
}

// The CPU's plan on a GPU: a block for 128 elements.
Plan on_gpu(Plan plan) {
  for (PlanBuffer& value : plan.values) value.device = kGpu;
  for (KernelRecord& kernel : plan.kernels) {
    kernel.cuda.grid[0] = ceil_div(s(0), 128);
    kernel.cuda.block[0] = 128;
  }
  return plan;
}

std::string hex(const void* pointer) {
  std::string text;
  auto bits = reinterpret_cast<uintptr_t>(pointer);
  for (int i = 0; i < 8; i++, bits >>= 8) text += hidet::format("{:02x}", bits & 0xff);
  return text;
}

TEST_F(GpuKernelTest, LaunchesGoToTheCurrentStream) {
  const Plan plan = on_gpu(sample::weighted(false));
  Executor executor(plan, gpu_kernels(plan), host_);
  FakeTensor *x = tensor(std::vector<float>(300)), *w = tensor(std::vector<float>(300));
  log();
  const std::vector<CallValue> results = run(executor, {value(x), value(w)});
  const std::vector<std::string> lines = log();
  EXPECT_EQ(first_words(lines),
            (std::vector<std::string>{"load", "load", "launch", "launch", "launch", "launch"}));
  const std::string start = "launch twice grid 3 1 1 block 128 1 1 shared 0 stream 7 device 0 ";
  ASSERT_TRUE(lines[2].starts_with(start + "arguments " + hex(w->data) + " ")) << lines[2];
  EXPECT_TRUE(lines[2].ends_with(" 2c01000000000000")) << lines[2];
  EXPECT_TRUE(lines[3].starts_with(start + "arguments " + hex(x->data) + " ")) << lines[3];
  EXPECT_NE(lines[5].find(" " + hex(results[0].tensor.data) + " 2c01000000000000"),
            std::string::npos)
      << lines[5];
  EXPECT_EQ(results[0].tensor.device, kGpu);
  host_.release(results[0].tensor.handle);
}

TEST_F(GpuKernelTest, ACallHasAnArenaOfItsOwn) {
  const Plan plan = on_gpu(sample::weighted(false));
  Executor executor(plan, gpu_kernels(plan), host_);
  const CallValue x = value(tensor(std::vector<float>(300))),
                  w = value(tensor(std::vector<float>(300)));
  for (int call = 1; call <= 3; call++) {
    run_and_drop(executor, {x, w});
    EXPECT_EQ(host_.allocations, call);
    EXPECT_EQ(host_.allocated, 0);
    EXPECT_EQ(host_.allocated_on, kGpu);
  }
}

TEST_F(GpuKernelTest, EveryKernelIsLoadedByTheFirstCall) {
  Plan plan = on_gpu(sample::weighted(false));
  // A variant that the first call has no use for.
  KernelRecord special = plan.kernels[1];
  special.symbol = "twice_of_eighths";
  special.assumptions = {{Assumption::Kind::divisible, 0, s(0), 8}};
  plan.kernels.push_back(special);
  for (Step& step : plan.steps)
    if (auto* launch = std::get_if<LaunchStep>(&step); launch && launch->variants[0] == 1)
      launch->variants = {2, 1};
  Executor executor(plan, gpu_kernels(plan), host_);
  const CallValue odd = value(tensor(std::vector<float>(9))),
                  even = value(tensor(std::vector<float>(16)));
  log();
  run_and_drop(executor, {odd, odd});
  EXPECT_EQ(first_words(log()), (std::vector<std::string>{"load", "load", "load", "launch",
                                                          "launch", "launch", "launch"}));
  capture(true);
  run_and_drop(executor, {even, even});
  const std::vector<std::string> lines = log();
  EXPECT_EQ(first_words(lines), std::vector<std::string>(4, "launch"));
  EXPECT_TRUE(lines[0].starts_with("launch twice_of_eighths ")) << lines[0];
}

TEST_F(GpuKernelTest, AFirstCallIsNotCaptured) {
  const Plan plan = on_gpu(sample::weighted(false));
  Executor executor(plan, gpu_kernels(plan), host_);
  const CallValue x = value(tensor(std::vector<float>(4)));
  capture(true);
  EXPECT_NE(error_of(executor, {x, x}).find("has to be called once before"), std::string::npos);
  capture(false);
  EXPECT_EQ(error_of(executor, {x, x}), "no error");
  capture(true);
  EXPECT_EQ(error_of(executor, {x, x}), "no error");
}

TEST_F(GpuKernelTest, ConstantsAreWaitedForOnceAndNotMadeInACapture) {
  const Plan plan = on_gpu(sample::weighted(true));
  Executor executor(plan, gpu_kernels(plan), host_);
  FakeTensor *x = tensor({1, 2, 3, 4}), *w = tensor({5, 6, 7, 8});
  log();
  run_and_drop(executor, {value(x), value(w)});
  EXPECT_EQ(first_words(log()), (std::vector<std::string>{"load", "load", "launch", "synchronize",
                                                          "launch", "launch", "launch"}));
  capture(true);
  run_and_drop(executor, {value(x), value(w)});
  EXPECT_EQ(first_words(log()), std::vector<std::string>(3, "launch"));
  w->version++;
  EXPECT_NE(error_of(executor, {value(x), value(w)}).find("after a change of its weights"),
            std::string::npos);
  EXPECT_TRUE(log().empty());
  capture(false);
  run_and_drop(executor, {value(x), value(w)});
  EXPECT_EQ(first_words(log()),
            (std::vector<std::string>{"launch", "synchronize", "launch", "launch", "launch"}));
}

TEST_F(GpuKernelTest, AWeightOnAGpuIsNotRead) {
  const Plan plan = on_gpu(sample::weighted(true));
  Executor executor(plan, gpu_kernels(plan), host_);
  FakeTensor *x = tensor({1, 2, 3, 4}), *w = tensor({5, 6, 7, 8});
  run_and_drop(executor, {value(x), value(w)});
  // No copy to the host could be seen by its version: only refresh() tells of it.
  for (int i = 0; i < 4; i++) static_cast<float*>(w->data)[i] = 0;
  for (int call = 0; call < 20; call++) run_and_drop(executor, {value(x), value(w)});
  EXPECT_EQ(executor.recipe_runs(), 1);
  executor.refresh();
  run_and_drop(executor, {value(x), value(w)});
  EXPECT_EQ(executor.recipe_runs(), 2);
}

// Bytes in the plan, a fill and a plain copy: the driver does them on the stream.
TEST_F(GpuKernelTest, MemoryIsFilledAndCopiedByTheDriver) {
  Plan plan;
  const PlanValue x = sample::value(plan, Kind::input, {4}, "x");
  const PlanValue zeros = sample::value(plan, Kind::inner, {4}, "zeros");
  const PlanValue copy = sample::value(plan, Kind::inner, {4}, "copy");
  const PlanValue numbers = sample::value(plan, Kind::constant, {2}, "numbers");
  const float bytes[] = {3, 4};
  plan.recipes.push_back({{numbers}, {}, {reinterpret_cast<const char*>(bytes), sizeof bytes}, {}});
  plan.steps = {FillStep{zeros}, CopyStep{copy, x}};
  plan.outputs = {sample::output(zeros), sample::output(copy), sample::output(numbers)};
  for (PlanBuffer& value : plan.values) value.device = kGpu;
  assign_storage(plan);
  Executor executor(plan, {}, host_);
  log();
  const auto results = run(executor, {value(tensor({1, 2, 3, 4}))});
  EXPECT_EQ(log(), (std::vector<std::string>{"copy 8 bytes stream 7", "synchronize",
                                             "set 16 bytes to 0 stream 7", "copy 16 bytes stream 7",
                                             "copy 8 bytes stream 7"}));
  EXPECT_EQ(sample::take(host_, results[0]), (std::vector<float>{0, 0, 0, 0}));
  EXPECT_EQ(sample::take(host_, results[1]), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(sample::take(host_, results[2]), (std::vector<float>{3, 4}));
}

// A number on the CPU becomes one on the device, as it is at the call, also in a capture.
TEST_F(GpuKernelTest, NumbersOfTheCpuAreSetOnTheDevice) {
  for (const DType dtype : {DType::u8, DType::f16, DType::f32, DType::i64}) {
    Plan plan;
    const PlanValue x = sample::value(plan, Kind::input, {}, "x");
    const PlanValue y = sample::value(plan, Kind::inner, {}, "y");
    plan.steps = {CopyStep{y, x}};
    plan.outputs = {sample::output(y)};
    for (PlanBuffer& value : plan.values) value.dtype = dtype;
    plan.values[y].device = kGpu;
    assign_storage(plan);
    Executor executor(plan, {}, host_);
    const auto bytes = static_cast<size_t>(bytes_of(dtype));
    TensorRef number = host_.empty({}, {}, dtype, Device());
    const uint64_t bits = 0x0123456789abcdef;
    std::memcpy(number.data, &bits, bytes);
    CallValue argument{.kind = CallValue::Kind::tensor};
    argument.tensor = number;
    log();
    capture(true);
    const auto results = run(executor, {argument});
    capture(false);
    EXPECT_EQ(first_words(log()), std::vector<std::string>(bytes == 8 ? 2 : 1, "set"));
    EXPECT_EQ(std::memcmp(results[0].tensor.data, &bits, bytes), 0);
    EXPECT_EQ(results[0].tensor.device, kGpu);
    host_.release(results[0].tensor.handle);
    host_.release(number.handle);
  }
}

TEST_F(GpuKernelTest, AFailureIsAnErrorAndLeaksNothing) {
  const Plan plan = on_gpu(sample::weighted(true));
  const CallValue x = value(tensor({1, 2, 3, 4})), w = value(tensor({5, 6, 7, 8}));
  struct Case {
    const char* call;
    int error;
    int successes;
    const char* expected;
  };
  const Case cases[] = {
      {"cuModuleLoadData", kCudaOutOfMemory, 1, "no memory for the code of a kernel on GPU 0"},
      {"cuModuleLoadData", kCudaNoBinaryForGpu, 0, "does not run this code"},
      {"cuModuleGetFunction", kCudaNotFound, 0, "is not found on GPU 0"},
      {"cuLaunchKernelEx", kCudaOutOfMemory, 0, "CUDA out of memory at the launch of kernel twice"},
      {"cuLaunchKernelEx", kCudaLaunchOutOfResources, 2, "too few registers or threads for"},
      {"cuLaunchKernelEx", kCudaIllegalAddress, 3, "the GPU had failed before this launch"},
      {"cuCtxSynchronize", kCudaIllegalAddress, 0, "waiting on cuda:0 failed"},
      {"cuStreamIsCapturing", kCudaInvalidContext, 0, "the look at a stream on cuda:0 failed"},
  };
  for (const Case& one : cases) {
    Executor executor(plan, gpu_kernels(plan), host_);
    fail(one.call, one.error, one.successes);
    const std::string error = error_of(executor, {x, w});
    EXPECT_NE(error.find(one.expected), std::string::npos) << one.call << ": " << error;
    // The two inputs and, at most, the constant.
    EXPECT_LE(host_.tensors, 3) << one.call;
    EXPECT_EQ(host_.allocated, 0) << one.call;
    // It was the driver's failure, not the graph's.
    fail(one.call, 0, 0);
    EXPECT_EQ(error_of(executor, {x, w}), "no error") << one.call;
  }
}

TEST_F(GpuKernelTest, AllocationFailuresAreTheHosts) {
  struct SmallHost : FakeHost {
    void* allocate(size_t bytes, Device device) override {
      if (device.kind == DeviceKind::cuda && bytes > 1024)
        HIDET_USER_ERROR(runtime, "CUDA out of memory");
      return FakeHost::allocate(bytes, device);
    }
  } host;
  host.stream = reinterpret_cast<void*>(uintptr_t{7});
  const Plan plan = on_gpu(sample::weighted(false));
  Executor executor(plan, gpu_kernels(plan), host);
  const auto call = [&](int64_t size) {
    FakeTensor* x = host.tensor({size}, {}, kGpu);
    std::vector<CallValue> results(1);
    std::string error = "no error";
    try {
      const CallValue argument = sample::tensor_value(x);
      executor.run(std::vector{argument, argument}, results);
      host.release(results[0].tensor.handle);
    } catch (const UserError& thrown) {
      error = thrown.what();
    }
    host.release(x);
    return error;
  };
  EXPECT_EQ(call(16), "no error");
  EXPECT_EQ(call(1000), "CUDA out of memory");
  EXPECT_EQ(call(16), "no error");
  EXPECT_EQ(host.tensors, 0);
  EXPECT_EQ(host.allocated, 0);
}

TEST_F(GpuKernelTest, ADeviceThatDoesNotFitIsNamedBeforeAnyLaunch) {
  Plan plan = on_gpu(sample::weighted(false));
  const CallValue x = value(tensor({1, 2, 3, 4}));
  const auto error = [&](const std::vector<LoadedKernel>& kernels) {
    Executor executor(plan, kernels, host_);
    log();
    const std::string text = error_of(executor, {x, x});
    for (const std::string& line : log()) EXPECT_FALSE(line.starts_with("launch")) << line;
    return text;
  };
  const std::string other =
      error({gpu_kernel(plan.kernels[0], "sm_80"), gpu_kernel(plan.kernels[1], "sm_80")});
  EXPECT_NE(
      other.find("a graph for sm_80 does not run on GPU 0 (Stub GPU, compute capability 9.0)"),
      std::string::npos)
      << other;
  plan.kernels[0].cuda.dynamic_shared_bytes = 220 << 10;
  const std::string large =
      error({gpu_kernel(plan.kernels[0], "sm_90a", 16 << 10), gpu_kernel(plan.kernels[1])});
  EXPECT_NE(large.find("kernel add takes 241664 bytes of shared memory, GPU 0 (Stub GPU) has "
                       "232448 for a block"),
            std::string::npos)
      << large;
}

TEST(RunsOnCapability, PlainCodeRunsOnLaterGpusOfItsMajorNumber) {
  EXPECT_TRUE(runs_on_capability("sm_80", 8, 0));
  EXPECT_TRUE(runs_on_capability("sm_80", 8, 9));
  EXPECT_FALSE(runs_on_capability("sm_86", 8, 0));
  EXPECT_FALSE(runs_on_capability("sm_80", 9, 0));
  EXPECT_FALSE(runs_on_capability("sm_80", 7, 5));
  EXPECT_TRUE(runs_on_capability("sm_90a", 9, 0));
  EXPECT_TRUE(runs_on_capability("sm_100a", 10, 0));
  EXPECT_FALSE(runs_on_capability("sm_100a", 10, 3));
  EXPECT_FALSE(runs_on_capability("sm_120a", 12, 1));
  EXPECT_FALSE(runs_on_capability("cpu-avx2", 8, 0));
  EXPECT_FALSE(runs_on_capability("sm_", 8, 0));
}

TEST_F(GpuKernelTest, TensorsOnTheCpuAndDevicesThatAreNotThereAreNamed) {
  Plan plan = sample::weighted(false);
  const CallValue x = value(tensor({1, 2, 3, 4}, Device()));
  Executor on_cpu(plan, gpu_kernels(plan), host_);
  EXPECT_NE(error_of(on_cpu, {x, x}).find("its tensors are on the CPU"), std::string::npos);
  for (PlanBuffer& value : plan.values) value.device = {DeviceKind::cuda, 5};
  Executor on_fifth(plan, gpu_kernels(plan), host_);
  const CallValue far = value(tensor({1, 2, 3, 4}, {DeviceKind::cuda, 5}));
  EXPECT_NE(error_of(on_fifth, {far, far}).find("cuda:5 cannot be used: there is no GPU 5"),
            std::string::npos);
  EXPECT_NE(error_of(on_fifth, {x, x}).find("is on cpu, expected cuda:5"), std::string::npos);
}

TEST_F(GpuKernelTest, RandomNumbersAreThoseOfTheDevice) {
  Plan plan;
  plan.symbols.push_back({"n", PlanSymbol::Source::size, 0, 0, 0, 1000, 1});
  const PlanValue x = sample::value(plan, Kind::input, {s(0)}, "x");
  const PlanValue y = sample::value(plan, Kind::inner, {s(0)}, "y");
  plan.kernels = {sample::record("drops", {false, true})};
  plan.kernels[0].arguments.push_back({KernelArgument::Kind::random_seed, DType::i64, false});
  plan.kernels[0].arguments.push_back({KernelArgument::Kind::random_offset, DType::i64, false});
  LaunchStep step = sample::launch(0, {x, y}, s(0));
  step.sizes = {s(0), 0, 0};
  step.random_increment = 5;
  plan.steps = {step};
  plan.outputs = {sample::output(y)};
  assign_storage(plan);
  plan = on_gpu(std::move(plan));
  Executor executor(plan, gpu_kernels(plan), host_);
  const CallValue argument = value(tensor({1, 2, 3, 4}));
  for (const char* offset : {" 0000000000000000", " 0800000000000000"}) {
    log();
    run_and_drop(executor, {argument});
    EXPECT_EQ(host_.random_on, kGpu);
    EXPECT_TRUE(log().back().ends_with(" 0400000000000000 d204000000000000" + std::string(offset)));
  }
}

TEST_F(GpuKernelTest, AStatusWordIsNotWaitedFor) {
  Plan plan;
  plan.symbols.push_back({"n", PlanSymbol::Source::size, 0, 0, 0, 1000, 1});
  const PlanValue x = sample::value(plan, Kind::input, {s(0)}, "x");
  const PlanValue y = sample::value(plan, Kind::inner, {s(0)}, "y");
  plan.kernels = {sample::record("picks", {false, true})};
  plan.kernels[0].has_status = true;
  plan.steps = {sample::launch(0, {x, y}, s(0))};
  plan.outputs = {sample::output(y)};
  assign_storage(plan);
  plan = on_gpu(std::move(plan));
  Executor executor(plan, gpu_kernels(plan), host_);
  log();
  run_and_drop(executor, {value(tensor({1, 2, 3, 4}))});
  const std::vector<std::string> lines = log();
  EXPECT_EQ(first_words(lines), (std::vector<std::string>{"load", "launch"}));
  // The last argument is null: the kernel stops the device instead of reporting.
  EXPECT_TRUE(lines[1].ends_with(" 0400000000000000 0000000000000000")) << lines[1];
}

}  // namespace
}  // namespace hidet
