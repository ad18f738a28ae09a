#include <gtest/gtest.h>

#include "runtime/executor.h"
#include "runtime/sample_plans.h"
#include "runtime/weight_guard.h"

namespace hidet {
namespace {

using Floats = std::vector<float>;

// x, w -> 4 * x + 2 * w with 2 * w a constant.
class ConstantsTest : public testing::Test {
 protected:
  void SetUp() override {
    executor_ =
        std::make_unique<Executor>(sample::weighted(true), sample::weighted_kernels(), host_);
    x_ = host_.tensor({4}, {0, 0, 0, 0});
    w_ = host_.tensor({4}, {1, 2, 3, 4});
  }
  void TearDown() override {
    executor_.reset();
    host_.release(x_);
    host_.release(w_);
    EXPECT_EQ(host_.tensors, 0);
    EXPECT_EQ(host_.allocated, 0);
  }
  Floats run(FakeTensor* weight) {
    std::vector<CallValue> arguments = {sample::tensor_value(x_), sample::tensor_value(weight)};
    std::vector<CallValue> results(1);
    executor_->run(arguments, results);
    return sample::take(host_, results[0]);
  }
  float* weight() { return static_cast<float*>(w_->data); }

  FakeHost host_;
  std::unique_ptr<Executor> executor_;
  FakeTensor *x_, *w_;
};

TEST_F(ConstantsTest, MadeOnceWhileTheWeightStays) {
  for (int i = 0; i < 40; i++) EXPECT_EQ(run(w_), (Floats{2, 4, 6, 8}));
  EXPECT_EQ(executor_->recipe_runs(), 1);
  EXPECT_EQ(executor_->memory().constant_bytes, 16u);
}

TEST_F(ConstantsTest, AChangeBumpsTheVersion) {
  run(w_);
  weight()[2] = 30;
  w_->version++;
  EXPECT_EQ(run(w_), (Floats{2, 4, 60, 8}));
  run(w_);
  EXPECT_EQ(executor_->recipe_runs(), 2);
}

TEST_F(ConstantsTest, AnotherTensorIsAnotherWeight) {
  run(w_);
  FakeTensor* other = host_.tensor({4}, {5, 5, 5, 5});
  other->version = w_->version;
  EXPECT_EQ(run(other), (Floats{10, 10, 10, 10}));
  host_.release(other);
}

TEST_F(ConstantsTest, AWriteToAllOfItIsSeenByASample) {
  run(w_);
  for (int i = 0; i < 4; i++) weight()[i] += 10;
  EXPECT_EQ(run(w_), (Floats{22, 24, 26, 28}));
}

TEST_F(ConstantsTest, SamplesRotate) {
  run(w_);
  weight()[1] = 7;  // no counter: found when its turn comes
  bool seen = false;
  for (int i = 0; i < WeightGuard::kSamples; i++) seen = seen || run(w_)[1] == 14;
  EXPECT_TRUE(seen);
}

TEST_F(ConstantsTest, WithoutACounterAllSamplesAreTaken) {
  w_->version = TensorRef::kNoVersion;
  run(w_);
  for (int i = 0; i < 4; i++) {
    weight()[i] = 100;
    EXPECT_EQ(run(w_)[i], 200) << i;
    run(w_);
  }
}

TEST_F(ConstantsTest, RefreshFindsWhatLeavesNoTrace) {
  run(w_);
  executor_->refresh();
  run(w_);
  EXPECT_EQ(executor_->recipe_runs(), 2);
}

TEST_F(ConstantsTest, AWeightThatKeepsChangingIsNoConstant) {
  run(w_);
  for (int i = 0; i < 2; i++) {
    weight()[0] = static_cast<float>(10 + i);
    w_->version++;
    EXPECT_EQ(run(w_)[0], static_cast<float>(20 + 2 * i));
  }
  // From here on no trace is needed.
  EXPECT_EQ(executor_->memory().constant_bytes, 0u);
  weight()[3] = 50;
  EXPECT_EQ(run(w_)[3], 100);
  weight()[3] = 51;
  EXPECT_EQ(run(w_)[3], 102);
  executor_->refresh();
  run(w_);
  int64_t runs = executor_->recipe_runs();
  run(w_);
  EXPECT_EQ(executor_->recipe_runs(), runs);
}

TEST_F(ConstantsTest, OneChangeNowAndThenStaysAConstant) {
  run(w_);
  for (int i = 0; i < 5; i++) {
    w_->version++;
    run(w_);
    run(w_);
  }
  EXPECT_EQ(executor_->recipe_runs(), 6);
  EXPECT_EQ(executor_->memory().constant_bytes, 16u);
}

// Two recipes: packed = 2 * w, then again = 2 * packed, by way of a temporary; and bytes of the
// plan.
TEST(Constants, ChainsAndBytes) {
  FakeHost host;
  Plan plan;
  PlanValue w = sample::value(plan, PlanBuffer::Kind::input, {2}, "w");
  PlanValue packed = sample::value(plan, PlanBuffer::Kind::constant, {2}, "packed");
  PlanValue between = sample::value(plan, PlanBuffer::Kind::inner, {2}, "between");
  PlanValue again = sample::value(plan, PlanBuffer::Kind::constant, {2}, "again");
  PlanValue table = sample::value(plan, PlanBuffer::Kind::constant, {2}, "table");
  PlanValue sum = sample::value(plan, PlanBuffer::Kind::inner, {2}, "sum");
  plan.kernels = {sample::record("add", {false, false, true}),
                  sample::record("twice", {false, true})};
  Floats bytes = {0.5, 0.25};
  plan.recipes = {
      {{packed}, {sample::launch(1, {w, packed}, 2)}, "", {0}},
      {{again},
       {sample::launch(1, {packed, between}, 2), sample::launch(1, {between, again}, 2)},
       "",
       {0}},
      {{table}, {}, std::string(reinterpret_cast<char*>(bytes.data()), 8), {}}};
  plan.steps = {sample::launch(0, {again, table, sum}, 2)};
  plan.outputs = {sample::output(sum)};
  assign_storage(plan);
  {
    Executor executor(plan, sample::weighted_kernels(), host);
    FakeTensor* weight = host.tensor({2}, {1, 2});
    for (float expected : {8.5f, 16.5f}) {
      std::vector<CallValue> results(1), arguments = {sample::tensor_value(weight)};
      executor.run(arguments, results);
      EXPECT_EQ(sample::take(host, results[0])[0], expected);
      static_cast<float*>(weight->data)[0] = 2;
      weight->version++;
    }
    EXPECT_EQ(executor.recipe_runs(), 5);  // the table once
    host.release(weight);
  }
  EXPECT_EQ(host.tensors, 0);
  EXPECT_EQ(host.allocated, 0);
}

}  // namespace
}  // namespace hidet
