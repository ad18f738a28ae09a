// The register fragments of mma.sync, as mappings, against the formulas of the PTX manual (section
// 9.7.14.5, "Matrix Fragments").
#include <gtest/gtest.h>

#include "mapping/owner.h"
#include "mapping/register_layout.h"
#include "mapping/text.h"

namespace hidet {
namespace {

using Task = std::vector<int64_t>;

// formula(g, q, i): the element i of the lane with group g = lane / 4 and quad position q.
void expect_fragment(const std::string& text, int64_t elements,
                     const std::function<Task(int64_t, int64_t, int64_t)>& formula) {
  const TaskMapping<int64_t> mapping = parse_task_mapping(text);
  ASSERT_EQ(mapping.workers(), 32);
  ASSERT_EQ(mapping.local_size(), elements);
  const Layout<int64_t> registers = register_layout(mapping);
  for (int64_t lane = 0; lane < 32; ++lane) {
    const auto tasks = mapping.tasks(lane);
    for (int64_t i = 0; i < elements; ++i) {
      EXPECT_EQ(tasks[i], formula(lane / 4, lane % 4, i)) << text << " lane " << lane;
      EXPECT_EQ(registers.offset(tasks[i]), i);
    }
  }
}

TEST(Fragment, M16N8K16) {
  expect_fragment(
      "repeat(2, 1) * spatial(8, 4) * repeat(1, 2)", 4,
      [](int64_t g, int64_t q, int64_t i) { return Task{g + 8 * (i >> 1), 2 * q + (i & 1)}; });
  expect_fragment("repeat(2, 2, order 1 0) * spatial(8, 4) * repeat(1, 2)", 8,
                  [](int64_t g, int64_t q, int64_t i) {
                    return Task{g + 8 * ((i >> 1) & 1), 2 * q + (i & 1) + 8 * (i >> 2)};
                  });
  expect_fragment(
      "repeat(2, 1) * spatial(4, 8, order 1 0) * repeat(2, 1)", 4,
      [](int64_t g, int64_t q, int64_t i) { return Task{2 * q + (i & 1) + 8 * (i >> 1), g}; });
}

TEST(Fragment, M16N8K8OfTf32) {
  expect_fragment(
      "repeat(2, 2, order 1 0) * spatial(8, 4)", 4,
      [](int64_t g, int64_t q, int64_t i) { return Task{g + 8 * (i & 1), q + 4 * (i >> 1)}; });
  expect_fragment("repeat(2, 1) * spatial(4, 8, order 1 0)", 2,
                  [](int64_t g, int64_t q, int64_t i) { return Task{q + 4 * i, g}; });
}

TEST(Fragment, M16N8K32OfBytes) {
  expect_fragment("repeat(2, 2, order 1 0) * spatial(8, 4) * repeat(1, 4)", 16,
                  [](int64_t g, int64_t q, int64_t i) {
                    return Task{g + 8 * ((i >> 2) & 1), 4 * q + (i & 3) + 16 * (i >> 3)};
                  });
}

// Two accumulators side by side are an operand a: scores become probabilities without a shuffle.
TEST(Fragment, AccumulatorPairIsOperandA) {
  const auto accumulator = parse_task_mapping("repeat(2, 1) * spatial(8, 4) * repeat(1, 2)");
  const auto operand = parse_task_mapping("repeat(2, 2, order 1 0) * spatial(8, 4) * repeat(1, 2)");
  EXPECT_TRUE(equivalent(repeat(1, 2) * accumulator, operand));
  EXPECT_EQ(register_layout(repeat(1, 2) * accumulator), register_layout(operand));
}

}  // namespace
}  // namespace hidet
