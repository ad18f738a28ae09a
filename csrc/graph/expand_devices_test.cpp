// Which operators are generated where tensors are on several devices.
#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/eliminate.h"
#include "graph/expand_operators.h"
#include "graph/graph_text.h"

namespace hidet {
namespace {

std::string expanded(const std::string& text) {
  return print(eliminate(expand_operators(parse_graph(text))));
}
bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string kHead =
    "device cuda:1\n"
    "input %0: f32[4] strides [1]\n"
    "input %1: f32[4] strides [1] on cpu\n"
    "input %2: f32[] strides [] on cpu\n";

TEST(ExpandDevices, ThePlaceOfAValueIsPartOfTheText) {
  const std::string text = kHead + "return %1\n";
  EXPECT_EQ(print(parse_graph(text)), text);
  EXPECT_EQ(parse_graph(text).device, (Device{DeviceKind::cuda, 1}));
  EXPECT_EQ(parse_graph(text).values[1].elsewhere, Device());
  EXPECT_THROW(parse_graph("device vulkan\n"), UserError);
}

TEST(ExpandDevices, ATensorElsewhereGoesToAten) {
  const std::string text = expanded(kHead +
                                    "%3: f32[4] strides [1] = aten::sin(%0)\n"
                                    "%4: f32[4] strides [1] on cpu = aten::cos(%1)\n"
                                    "return %3, %4\n");
  EXPECT_FALSE(contains(text, "aten::sin")) << text;
  EXPECT_TRUE(contains(text,
                       "aten::cos(%1) because \"a tensor on cpu, where the graph is for "
                       "cuda:1\""))
      << text;
}

TEST(ExpandDevices, AScalarOfTheCpuIsAnOperand) {
  const std::string text = expanded(kHead +
                                    "%3: f32[4] strides [1] = aten::mul.Tensor(%0, %2)\n"
                                    "return %3\n");
  EXPECT_FALSE(contains(text, "aten::")) << text;
}

// The same number: on the device it is memory of its own.
TEST(ExpandDevices, AScalarThatIsMovedIsWritten) {
  const std::string text = expanded(
      kHead +
      "%3: f32[] strides [] = aten::_to_copy(%2, none, none, device\"cuda:1\", none, false, none)\n"
      "return %3\n");
  EXPECT_TRUE(contains(text, "%3: f32[] strides [] = cast(%2)")) << text;
}

TEST(ExpandDevices, ANumberIsPlacedOnlyWhereAtenSeesIt) {
  const std::string number =
      kHead +
      "%3: f32[] strides [] on cpu = aten::full([], 2.5, none, none, device\"cpu\", none)\n"
      "%4: f32[4] strides [1] = aten::mul.Tensor(%0, %3)\n";
  const std::string inside = expanded(number + "return %4\n");
  EXPECT_FALSE(contains(inside, "aten::")) << inside;
  EXPECT_FALSE(contains(inside, "on cpu = ")) << inside;
  const std::string seen =
      expanded(number + "%5: f32[] strides [] on cpu = aten::foo(%3)\nreturn %4, %5, %3\n");
  EXPECT_TRUE(contains(seen, "on cpu = aten::full([], 2.5")) << seen;
  EXPECT_TRUE(contains(seen, "aten::foo(")) << seen;
  EXPECT_FALSE(contains(seen, "aten::mul")) << seen;
}

}  // namespace
}  // namespace hidet
