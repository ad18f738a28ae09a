#include "runtime/plan.h"

#include <gtest/gtest.h>

#include <random>

#include "base/sha256.h"
#include "runtime/plan_format.h"
#include "runtime/sample_plans.h"

namespace hidet {
namespace {

using sample::s;
using Kind = PlanBuffer::Kind;

// Every kind of step and operand.
Plan everything() {
  Plan plan = sample::weighted(true);
  plan.symbols.push_back({"threads", PlanSymbol::Source::threads, 0, 0, 1, 64, 1});
  PlanValue x = 0;
  PlanValue part = sample::value(plan, Kind::view, {2}, "part");
  PlanValue result = sample::value(plan, Kind::result, {2}, "result");
  PlanValue zeros = sample::value(plan, Kind::inner, {2}, "zeros");
  PlanValue table = sample::value(plan, Kind::constant, {2}, "table");
  plan.recipes.push_back({{table}, {}, "12345678", {}});
  plan.steps.push_back(ViewStep{part, x, 2});
  OperatorStep op;
  op.name = "aten::index";
  op.arguments = {{PlanOperand::Tensor{part}},
                  {PlanOperand::List{{PlanOperand::Tensor{table}}, {}, {SizeExpr(s(0) + 1)}}},
                  {2.5},
                  {true},
                  {std::string("mode")},
                  {PlanOperand::Opaque{"dtype:float32"}}};
  op.results = {result, -1};
  op.label = "encoder.layer.0";
  plan.steps.push_back(op);
  plan.steps.push_back(FillStep{zeros});
  plan.steps.push_back(CopyStep{zeros, result});
  plan.kernels[0].assumptions = {};
  plan.outputs.push_back(sample::output(zeros));
  plan.outputs.push_back({PlanOutput::Kind::size, -1, s(0) * 2});
  plan.outputs.push_back({});
  assign_storage(plan);
  return plan;
}

TEST(PlanStorage, TemporariesTensorsAndFrees) {
  Plan plan = sample::weighted(false);
  std::vector<Kind> kinds;
  for (const PlanBuffer& value : plan.values) kinds.push_back(value.kind);
  EXPECT_EQ(kinds, (std::vector<Kind>{Kind::input, Kind::input, Kind::temporary, Kind::temporary,
                                      Kind::temporary, Kind::tensor}));
  std::string text = print(plan);
  EXPECT_NE(text.find("launch twice(%2:doubled, %3:fourfold; [s0])\n  free %2:doubled\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("free %5"), std::string::npos) << text;
}

TEST(PlanStorage, AViewKeepsItsBase) {
  Plan plan;
  PlanValue x = sample::value(plan, Kind::input, {4}, "x");
  PlanValue base = sample::value(plan, Kind::inner, {8}, "base");
  PlanValue low = sample::value(plan, Kind::view, {4}, "low");
  PlanValue high = sample::value(plan, Kind::view, {4}, "high");
  PlanValue last = sample::value(plan, Kind::inner, {4}, "last");
  plan.kernels = {sample::record("twice", {false, true})};
  plan.steps = {ViewStep{low, base, 0}, ViewStep{high, base, 4}, sample::launch(0, {x, low}, 4),
                sample::launch(0, {low, high}, 4), sample::launch(0, {high, last}, 4)};
  plan.outputs = {sample::output(last)};
  assign_storage(plan);
  EXPECT_EQ(plan.values[base].kind, Kind::temporary);
  std::string text = print(plan);
  EXPECT_LT(text.find("launch twice(%3:high, %4:last"), text.find("free %1:base")) << text;
}

TEST(PlanStorage, ConstantsAreNotHandedOut) {
  Plan plan;
  sample::value(plan, Kind::input, {2}, "x");
  PlanValue table = sample::value(plan, Kind::constant, {2}, "table");
  plan.recipes.push_back({{table}, {}, std::string(8, 'a'), {}});
  plan.outputs = {sample::output(table)};
  assign_storage(plan);
  EXPECT_NE(plan.outputs[0].value, table);
  EXPECT_EQ(plan.values[plan.outputs[0].value].kind, Kind::tensor);
}

TEST(PlanVerify, RejectsBrokenPlans) {
  auto broken = [](auto&& damage) {
    Plan plan = everything();
    verify(plan);
    damage(plan);
    EXPECT_THROW(verify(plan), InternalError);
  };
  broken([](Plan& p) { p.outputs[0].value = 1000; });
  broken([](Plan& p) { p.outputs[0].value = -1; });
  broken([](Plan& p) { p.arguments[1].value = 0; });
  broken([](Plan& p) { p.arguments.pop_back(); });
  broken([](Plan& p) { p.values[2].kind = Kind::inner; });
  broken([](Plan& p) { p.values[2].strides.clear(); });
  broken([](Plan& p) { p.values[0].sizes[0] = s(7); });
  broken([](Plan& p) { p.kernels.pop_back(); });
  broken([](Plan& p) { p.kernels[0].extent = s(1); });
  broken([](Plan& p) { p.kernels[0].assumptions.push_back({}); });
  broken([](Plan& p) { p.recipes[0].sources = {9}; });
  broken([](Plan& p) { p.recipes[1].literal = "short"; });
  broken([](Plan& p) { p.recipes.erase(p.recipes.begin()); });
  broken([](Plan& p) { std::swap(p.steps[0], p.steps[1]); });
  broken([](Plan& p) { std::get<LaunchStep>(p.steps[0]).buffers.pop_back(); });
  broken([](Plan& p) { std::get<LaunchStep>(p.steps[0]).buffers[1] = 4; });  // a constant
  broken([](Plan& p) { p.steps.insert(p.steps.begin(), FreeStep{2}); });
  broken([](Plan& p) { p.symbols[0].source = PlanSymbol::Source::integer; });
}

TEST(PlanFormat, RoundTrip) {
  for (const Plan& plan : {everything(), sample::weighted(false), Plan()}) {
    std::string bytes = serialize(plan);
    auto back = deserialize_plan(bytes);
    ASSERT_TRUE(back) << back.reason();
    EXPECT_TRUE(*back == plan) << print(plan) << print(*back);
    EXPECT_EQ(serialize(*back), bytes);
  }
}

TEST(PlanFormat, DeclinesWhatIsTruncatedOrAltered) {
  std::string bytes = serialize(everything());
  for (size_t length = 0; length < bytes.size(); length += 7)
    EXPECT_FALSE(deserialize_plan(bytes.substr(0, length))) << length;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    std::string altered = bytes;
    altered[i] = static_cast<char>(altered[i] ^ 4);
    EXPECT_FALSE(deserialize_plan(altered)) << i;
  }
  EXPECT_FALSE(deserialize_plan(bytes + "x"));
  std::string newer = bytes;
  newer[8] = 8;
  EXPECT_EQ(deserialize_plan(newer).reason(), "a plan of version 4, not 3");
}

// With a right checksum over wrong content the reader itself has to hold.
TEST(PlanFormat, SurvivesDamageUnderAValidChecksum) {
  std::string bytes = serialize(everything());
  size_t head = bytes.size();

  std::string content;
  for (size_t start = 9; start < 20; start++)
    if (bytes.size() > start + 64 &&
        sha256_hex(std::string_view(bytes).substr(start + 64)) == bytes.substr(start, 64)) {
      head = start;
      content = bytes.substr(start + 64);
    }
  ASSERT_LT(head, bytes.size());
  std::mt19937 random(11);
  int accepted = 0;
  for (int round = 0; round < 3000; round++) {
    std::string damaged = content;
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; flips--)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    accepted +=
        static_cast<bool>(deserialize_plan(bytes.substr(0, head) + sha256_hex(damaged) + damaged));
  }
  EXPECT_LT(accepted, 3000);  // some changes are harmless: names, bounds
}

}  // namespace
}  // namespace hidet
