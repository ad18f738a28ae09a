#include "runtime/executor.h"

#include <gtest/gtest.h>

#include <numeric>

#include "runtime/sample_plans.h"

namespace hidet {
namespace {

using sample::s;
using Kind = PlanBuffer::Kind;
using Floats = std::vector<float>;

class ExecutorTest : public testing::Test {
 protected:
  void TearDown() override {
    for (FakeTensor* tensor : made_) host_.release(tensor);
    EXPECT_EQ(host_.tensors, 0);
    EXPECT_EQ(host_.allocated, 0);
  }
  FakeTensor* tensor(Floats elements) {
    made_.push_back(host_.tensor({static_cast<int64_t>(elements.size())}, elements));
    return made_.back();
  }
  CallValue value(Floats elements) { return sample::tensor_value(tensor(std::move(elements))); }
  std::vector<CallValue> run(Executor& executor, const std::vector<CallValue>& arguments,
                             std::vector<StepTime>* times = nullptr) {
    std::vector<CallValue> results(executor.plan().outputs.size());
    executor.run(arguments, results, times);
    return results;
  }
  Floats run_one(Executor& executor, const std::vector<CallValue>& arguments) {
    return sample::take(host_, run(executor, arguments)[0]);
  }
  std::string error_of(Executor& executor, const std::vector<CallValue>& arguments) {
    try {
      run(executor, arguments);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }

  FakeHost host_;
  std::vector<FakeTensor*> made_;
};

TEST_F(ExecutorTest, SymbolsAndTheArena) {
  Executor executor(sample::weighted(false), sample::weighted_kernels(), host_);
  EXPECT_EQ(run_one(executor, {value({1, 2, 3}), value({10, 20, 30})}), (Floats{24, 48, 72}));
  EXPECT_EQ(run_one(executor, {value({1}), value({10})}), (Floats{24}));
  EXPECT_EQ(run_one(executor, {value({}), value({})}), Floats());
  EXPECT_EQ(host_.allocations, 1);  // the first arena is large enough for the others
  Floats large(1000);
  std::iota(large.begin(), large.end(), 0.0f);
  Floats result = run_one(executor, {value(large), value(large)});
  EXPECT_EQ(host_.allocations, 2);
  EXPECT_GE(executor.memory().arena_bytes, 2 * 4000u);
  for (size_t i = 0; i < large.size(); i++) ASSERT_EQ(result[i], 6 * large[i]);
}

// Sees what is in the memory that it is going to write.
class LookingKernel : public DeviceKernel {
 public:
  LookingKernel(CpuKernel function, std::vector<uint32_t>& seen)
      : function_(function), seen_(seen) {}
  int32_t launch(const KernelRecord&, const DeviceLaunch& launch, Host&) const override {
    const auto* words = static_cast<const uint32_t*>(launch.buffers.back());
    for (int64_t i = 0; i < launch.sizes[0]; i++) seen_.push_back(words[i]);
    function_(launch.buffers.data(), launch.sizes.data(), 0, launch.sizes[0], nullptr, nullptr);
    return 0;
  }
  uint32_t unwritten_word() const override { return 0xffa5c3e1; }

 private:
  CpuKernel function_;
  std::vector<uint32_t>& seen_;
};

TEST_F(ExecutorTest, FreshMemoryIsMarkedForKernelsThatLook) {
  std::vector<uint32_t> added, doubled;
  const std::vector<LoadedKernel> kernels = {
      {.device = std::make_shared<LookingKernel>(sample::add, added)},
      {.device = std::make_shared<LookingKernel>(sample::twice, doubled)}};
  Executor executor(sample::weighted(false), kernels, host_);
  for (int call = 0; call < 2; call++) {
    added.clear();
    doubled.clear();
    EXPECT_EQ(run_one(executor, {value({1, 2, 3}), value({10, 20, 30})}), (Floats{24, 48, 72}));
    // The first value of the arena, and the result.
    for (int i = 0; i < 3; i++) EXPECT_EQ(doubled[static_cast<size_t>(i)], 0xffa5c3e1);
    EXPECT_EQ(added, std::vector<uint32_t>(3, 0xffa5c3e1));
  }
}

TEST_F(ExecutorTest, SaysWhatDiffers) {
  Executor executor(sample::weighted(false), sample::weighted_kernels(), host_);
  CallValue x = value({1, 2, 3}), w = value({1, 2, 3});
  EXPECT_NE(error_of(executor, {x}).find("1 arguments were given, 2 are needed"),
            std::string::npos);
  EXPECT_NE(error_of(executor, {x, value({1, 2})})
                .find("argument 1 (w) has size 2 on axis 0, expected s0 = 3"),
            std::string::npos);
  EXPECT_NE(error_of(executor, {x, sample::integer_value(3)}).find("has to be a tensor"),
            std::string::npos);
  CallValue other = w;
  other.tensor.dtype = DType::i32;
  EXPECT_NE(error_of(executor, {x, other}).find("is of dtype i32, expected f32"),
            std::string::npos);
  other = w;
  other.tensor.device = {DeviceKind::cuda, 1};
  EXPECT_NE(error_of(executor, {x, other}).find("is on cuda:1, expected cpu"), std::string::npos);
  other = w;
  int64_t stride = 2;
  other.tensor.strides = &stride;
  EXPECT_NE(error_of(executor, {x, other}).find("has stride 2 on axis 0, expected 1"),
            std::string::npos);
  other.tensor.rank = 0;
  EXPECT_NE(error_of(executor, {x, other}).find("has 0 axes, expected 1"), std::string::npos);
  other = w;
  other.tensor.data = nullptr;
  EXPECT_NE(error_of(executor, {x, other}).find("argument 1 (w) has no memory"), std::string::npos);
  CallValue large = value(Floats(1001));
  EXPECT_NE(error_of(executor, {large, large}).find("the size n (s0) is 1001: expected 0 to 1000"),
            std::string::npos);
  EXPECT_EQ(run_one(executor, {x, w}), (Floats{6, 12, 18}));
  // An axis of length 1 may have any stride.
  CallValue one = value({5});
  one.tensor.strides = &stride;
  EXPECT_EQ(run_one(executor, {one, one}), (Floats{30}));
}

TEST_F(ExecutorTest, SmallWorkStaysOnTheThread) {
  Plan plan = sample::weighted(false);
  plan.kernels[0].grain = 100;
  plan.kernels[1].grain = 100;
  Executor executor(plan, sample::weighted_kernels(), host_);
  run_one(executor, {value(Floats(100)), value(Floats(100))});
  EXPECT_EQ(host_.regions, 0);
  run_one(executor, {value(Floats(101)), value(Floats(101))});
  EXPECT_EQ(host_.regions, 4);
}

Plan checked_plan() {
  Plan plan;
  plan.symbols.push_back({"limit", PlanSymbol::Source::integer, 1, 0, 1, 100, 1});
  PlanValue x = sample::value(plan, Kind::input, {4}, "x");
  plan.arguments.push_back({-1});
  PlanValue y = sample::value(plan, Kind::inner, {4}, "y");
  plan.kernels = {sample::record("check", {false, true})};
  plan.kernels[0].extent = 4;
  plan.kernels[0].has_status = true;
  plan.steps = {sample::launch(0, {x, y}, s(0))};
  std::get<LaunchStep>(plan.steps[0]).status_message = "index out of range in self";
  plan.outputs = {sample::output(y), {PlanOutput::Kind::size, -1, s(0) + 1}, {}};
  assign_storage(plan);
  return plan;
}

TEST_F(ExecutorTest, TheStatusWordIsAnIndexError) {
  Executor executor(checked_plan(), {{sample::check, nullptr}}, host_);
  CallValue x = value({1, 7, 3, 2});
  auto results = run(executor, {x, sample::integer_value(8)});
  EXPECT_EQ(sample::take(host_, results[0]), (Floats{1, 7, 3, 2}));
  EXPECT_EQ(results[1].integer, 9);
  EXPECT_EQ(results[2].kind, CallValue::Kind::none);
  try {
    run(executor, {x, sample::integer_value(7)});
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.kind, UserError::Kind::index);
    EXPECT_STREQ(error.what(), "index out of range in self");
  }
  EXPECT_EQ(sample::take(host_, run(executor, {x, sample::integer_value(8)})[0])[1], 7);
}

void mark(void* const* b, const int64_t* sizes, int64_t begin, int64_t end, void* scratch,
          int32_t*) {
  EXPECT_NE(scratch, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(scratch) % 64, 0u);
  std::memset(scratch, 0x5A, 1000);
  for (int64_t i = begin; i < end; i++) static_cast<float*>(b[1])[i] = static_cast<float>(sizes[0]);
}

TEST_F(ExecutorTest, VariantsByAssumption) {
  Plan plan;
  plan.symbols.push_back({"n", PlanSymbol::Source::size, 0, 0, 0, 1000, 1});
  PlanValue x = sample::value(plan, Kind::input, {s(0)}, "x");
  PlanValue y = sample::value(plan, Kind::inner, {s(0)}, "y");
  KernelRecord fast = sample::record("fast", {false, true});
  fast.scratch_bytes = s(0) * 0 + 1000;
  fast.extent = 4;
  KernelRecord small = fast, general = sample::record("general", {false, true});
  fast.assumptions = {{Assumption::Kind::divisible, 0, s(0), 8},
                      {Assumption::Kind::aligned, 0, 0, 8}};
  small.symbol = "small";
  small.assumptions = {{Assumption::Kind::below, 0, s(0), 8}};
  plan.kernels = {fast, small, general};
  LaunchStep step = sample::launch(0, {x, y}, s(0));
  step.variants = {0, 1, 2};
  step.label = "layer";
  plan.steps = {step};
  plan.outputs = {sample::output(y)};
  assign_storage(plan);
  Executor executor(plan, {{mark, nullptr}, {mark, nullptr}, {sample::twice, nullptr}}, host_);
  auto chosen = [&](const CallValue& argument) {
    std::vector<StepTime> times;
    sample::take(host_, run(executor, {argument}, &times)[0]);
    EXPECT_EQ(times.size(), 1u);
    EXPECT_EQ(times[0].label, "layer");
    EXPECT_GE(times[0].seconds, 0);
    return times[0].name;
  };
  EXPECT_EQ(chosen(value(Floats(16))), "fast");
  EXPECT_EQ(chosen(value(Floats(4))), "small");
  EXPECT_EQ(chosen(value(Floats(9))), "general");
  FakeTensor* base = tensor(Floats(17));
  CallValue odd = sample::tensor_value(base);
  int64_t size = 16;
  odd.tensor.sizes = &size;
  odd.tensor.data = static_cast<float*>(base->data) + 1;
  EXPECT_EQ(chosen(odd), "general");
}

TEST_F(ExecutorTest, OperatorsViewsCopiesAndFills) {
  // op(x[2:4], [None, 5]) comes back with other strides; added to zeros; x is overwritten.
  Plan plan;
  plan.symbols.push_back({"n", PlanSymbol::Source::size, 0, 0, 0, 1000, 1});
  PlanValue x = sample::value(plan, Kind::input, {s(0)}, "x");
  PlanValue part = sample::value(plan, Kind::view, {2}, "part");
  PlanValue inner = sample::value(plan, Kind::view, {1}, "inner");
  PlanValue result = sample::value(plan, Kind::result, {2}, "result");
  PlanValue zeros = sample::value(plan, Kind::inner, {2}, "zeros");
  PlanValue sum = sample::value(plan, Kind::inner, {2}, "sum");
  plan.kernels = {sample::record("add", {false, false, true})};
  OperatorStep op;
  op.name = "test::scale";
  op.arguments = {
      {PlanOperand::Tensor{part}}, {PlanOperand::List{{}, {SizeExpr(s(0) + 1)}}}, {0.5}};
  op.results = {result, -1};
  plan.steps = {ViewStep{part, x, s(0) - 2},
                op,
                FillStep{zeros},
                sample::launch(0, {result, zeros, sum}, 2),
                CopyStep{part, sum},
                ViewStep{inner, part, 1}};
  plan.outputs = {sample::output(sum), sample::output(part), sample::output(x), sample::output(x),
                  sample::output(inner)};
  assign_storage(plan);
  EXPECT_THROW(Executor(plan, {{sample::add, nullptr}}, host_), UserError);
  host_.operators["test::scale"] = [&](auto arguments, auto results) {
    ASSERT_EQ(arguments.size(), 3u);
    ASSERT_EQ(arguments[1].list.size(), 2u);
    EXPECT_EQ(arguments[1].list[0].kind, OperatorArgument::Kind::none);
    auto factor = static_cast<float>(arguments[1].list[1].integer);
    EXPECT_EQ(arguments[2].real, 0.5);
    const TensorRef& given = *arguments[0].tensor;
    EXPECT_NE(given.handle, nullptr);
    std::vector<int64_t> sizes = {2}, strides = {3};
    results[0] = host_.empty(sizes, strides, DType::f32, Device());
    for (int i = 0; i < 2; i++)
      static_cast<float*>(results[0].data)[3 * i] = factor * static_cast<float*>(given.data)[i];
    results[1] = host_.empty(sizes, strides, DType::f32, Device());
  };
  Executor executor(plan, {{sample::add, nullptr}}, host_);
  FakeTensor* argument = tensor({1, 2, 3, 4});
  int64_t version = argument->version;
  auto results = run(executor, {sample::tensor_value(argument)});
  EXPECT_EQ(host_.copies, 1);
  EXPECT_GT(argument->version, version);
  EXPECT_EQ(results[2].tensor.handle, argument);
  EXPECT_EQ(sample::take(host_, results[0]), (Floats{15, 20}));
  EXPECT_EQ(sample::take(host_, results[1]), (Floats{15, 20}));
  EXPECT_EQ(sample::take(host_, results[4]), (Floats{20}));
  EXPECT_EQ(sample::take(host_, results[2]), (Floats{1, 2, 15, 20}));
  EXPECT_EQ(sample::take(host_, results[3]), (Floats{1, 2, 15, 20}));
  // A failing operator leaves nothing behind, and the next call works.
  auto good = host_.operators["test::scale"];
  host_.operators["test::scale"] = [](auto, auto) { throw std::runtime_error("no"); };
  EXPECT_THROW(run(executor, {sample::tensor_value(argument)}), std::runtime_error);
  // A result of another size is our mistake, and leaks nothing.
  host_.operators["test::scale"] = [&](auto, auto results) {
    std::vector<int64_t> sizes = {3}, strides = {1};
    results[0] = host_.empty(sizes, strides, DType::f32, Device());
  };
  EXPECT_THROW(run(executor, {sample::tensor_value(argument)}), InternalError);
  host_.operators["test::scale"] = good;
  for (const CallValue& one : run(executor, {sample::tensor_value(argument)}))
    host_.release(one.tensor.handle);
}

void numbers(void* const* b, const int64_t* sizes, int64_t, int64_t, void*, int32_t*) {
  for (int i = 0; i < 3; i++) static_cast<float*>(b[0])[i] = static_cast<float>(sizes[i]);
}

TEST_F(ExecutorTest, RandomStateAndThreads) {
  Plan plan;
  plan.symbols.push_back({"threads", PlanSymbol::Source::threads, 0, 0, 1, 64, 1});
  PlanValue y = sample::value(plan, Kind::inner, {3}, "y");
  KernelRecord kernel = sample::record("numbers", {true});
  kernel.arguments.push_back({KernelArgument::Kind::random_seed, DType::i64, false});
  kernel.arguments.push_back({KernelArgument::Kind::random_offset, DType::i64, false});
  kernel.extent = 1;
  plan.kernels = {kernel};
  LaunchStep step = sample::launch(0, {y}, s(0));
  step.sizes = {s(0), 0, 0};
  step.random_increment = 5;
  plan.steps = {step, step};
  plan.outputs = {sample::output(y)};
  assign_storage(plan);
  Executor executor(plan, {{numbers, nullptr}}, host_);
  EXPECT_EQ(run_one(executor, {}), (Floats{2, 1234, 8}));
  host_.threads = 3;
  EXPECT_EQ(run_one(executor, {}), (Floats{3, 1234, 24}));
}

TEST_F(ExecutorTest, ManyThreadsAtOnce) {
  Executor executor(sample::weighted(true), sample::weighted_kernels(), host_);
  FakeTensor* weight = tensor({1, 2, 3, 4});
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  std::vector<FakeTensor*> inputs;
  for (int t = 0; t < 4; t++) inputs.push_back(tensor(Floats(4, static_cast<float>(t))));
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; i++) {
        float x = 4 * static_cast<float>(t);
        std::vector<CallValue> results(1);
        std::vector<CallValue> arguments = {sample::tensor_value(inputs[t]),
                                            sample::tensor_value(weight)};
        executor.run(arguments, results);
        if (sample::take(host_, results[0]) != Floats{x + 2, x + 4, x + 6, x + 8}) wrong++;
        if (i % 50 == 0) executor.refresh();
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace hidet
