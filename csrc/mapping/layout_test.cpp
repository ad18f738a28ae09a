#include "mapping/layout.h"

#include <gtest/gtest.h>

#include <set>

#include "mapping/layout_inverse.h"
#include "mapping/register_layout.h"

namespace hidet {
namespace {

using Index = std::vector<int64_t>;

std::vector<Index> all_indices(const Index& shape) {
  std::vector<Index> result{{}};
  for (int64_t extent : shape) {
    std::vector<Index> longer;
    for (const Index& index : result) {
      for (int64_t i = 0; i < extent; ++i) {
        longer.push_back(index);
        longer.back().push_back(i);
      }
    }
    result = longer;
  }
  return result;
}

// Each index has its own offset below size(), and the inverse leads back; padding has no index.
void expect_inverse(const Layout<int64_t>& layout) {
  std::set<int64_t> offsets;
  for (const Index& index : all_indices(layout.shape())) {
    const int64_t offset = layout.offset(index);
    ASSERT_TRUE(offset >= 0 && offset < layout.size());
    ASSERT_TRUE(offsets.insert(offset).second);
    ASSERT_EQ(index_at(layout, offset), index);
  }
  int64_t holes = 0;
  for (int64_t offset = 0; offset < layout.size(); ++offset) {
    if (index_at(layout, offset)) continue;
    ASSERT_FALSE(offsets.contains(offset));
    ++holes;
  }
  ASSERT_EQ(static_cast<int64_t>(offsets.size()) + holes, layout.size());
  ASSERT_TRUE(is_injective(layout));
  ASSERT_EQ(is_bijective(layout), holes == 0);
  ASSERT_FALSE(index_at(layout, layout.size()).has_value());
  ASSERT_FALSE(index_at(layout, -1).has_value());
}

// What contiguous_run and alignment promise holds at every index.
void expect_runs(const Layout<int64_t>& layout) {
  for (int axis = 0; axis < layout.rank(); ++axis) {
    const int64_t run = layout.contiguous_run(axis), alignment = layout.alignment(axis);
    ASSERT_GE(run, 1);
    ASSERT_GE(alignment, 1);
    for (Index index : all_indices(layout.shape())) {
      const int64_t inside = index[axis] % run, offset = layout.offset(index);
      if (inside == 0) {
        ASSERT_EQ(offset % alignment, 0);
        continue;
      }
      index[axis] -= inside;
      ASSERT_EQ(offset, layout.offset(index) + inside);
    }
    const int64_t width = layout.vector_width(axis, 8);
    ASSERT_TRUE(width <= 8 && run % width == 0 && alignment % width == 0);
  }
}

std::vector<Layout<int64_t>> small_layouts() {
  std::vector<Layout<int64_t>> layouts;
  for (int64_t a = 1; a <= 5; ++a) {
    for (int64_t b = 1; b <= 9; ++b) {
      layouts.push_back(row_major({a, b}));
      layouts.push_back(permuted({a, b}, {1, 0}));
      layouts.push_back(padded({a, b}, 3));
      layouts.push_back(row_major({a, b}).with_offset(4));
      layouts.push_back(tiled({a, b}, {2, 4}));
      layouts.push_back(tiled({a, b}, {1, 3}));
      layouts.push_back(packed_panels(a, b, 4));
      layouts.push_back(padded({2, a, b}, 1).transposed({2, 0, 1}));
      layouts.push_back(row_major({2, a, b}).swizzled(1, 1, 2));
      layouts.push_back(packed_panels(a, b, 4).swizzled(2, 0, 2));
      layouts.push_back(padded({a, b}, 2).swizzled(1, 2, 1).with_offset(2));
    }
  }
  return layouts;
}

TEST(Layout, InverseLeadsBack) {
  for (const auto& layout : small_layouts()) expect_inverse(layout);
}

TEST(Layout, RunsAndAlignmentHold) {
  for (const auto& layout : small_layouts()) expect_runs(layout);
  for (const auto& layout : small_layouts()) expect_runs(layout.transposed({}));
}

TEST(Layout, EqualHoweverBuilt) {
  EXPECT_EQ(row_major({3, 4, 5}), strided<int64_t>({3, 4, 5}, {20, 5, 1}));
  EXPECT_EQ(row_major({1, 5}), strided<int64_t>({1, 5}, {77, 1}));
  EXPECT_EQ(row_major({3, 4}).transposed({1, 0}), permuted({4, 3}, {1, 0}));
  EXPECT_EQ(tiled({4, 6}, {1, 6}), row_major({4, 6}));
  EXPECT_EQ(tiled({8, 6}, {4, 6}), row_major({8, 6}));
  EXPECT_EQ(packed_panels<int64_t>(7, 48, 48), row_major({7, 48}));
  EXPECT_EQ(padded({4, 6}, 0), row_major({4, 6}));
  EXPECT_EQ(row_major({4, 6}).with_offset(0), row_major({4, 6}));
  EXPECT_EQ(row_major({4, 6}).swizzled(0, 3, 3), row_major({4, 6}));
  EXPECT_FALSE(row_major({4, 6}) == row_major({6, 4}));
  EXPECT_FALSE(padded({4, 6}, 1) == row_major({4, 6}));
}

TEST(Layout, PackedPanels) {
  const auto layout = packed_panels<int64_t>(5, 100, 48);
  EXPECT_EQ(layout.size(), 3 * 5 * 48);
  for (const Index& index : all_indices({5, 100})) {
    const int64_t k = index[0], n = index[1];
    ASSERT_EQ(layout.offset(index), (n / 48) * 5 * 48 + k * 48 + n % 48);
  }
  EXPECT_EQ(layout.contiguous_run(1), 48);
  EXPECT_EQ(layout.contiguous_run(0), 1);
  EXPECT_EQ(layout.alignment(1), 48);
  EXPECT_EQ(layout.vector_width(1, 16), 16);
}

TEST(Layout, BlockedChannels) {
  const auto layout = tiled({2, 20, 3, 4}, {1, 16, 1, 1});
  EXPECT_EQ(layout.size(), 2 * 2 * 3 * 4 * 16);
  EXPECT_EQ(layout.offset({1, 17, 2, 3}), (((1 * 2 + 1) * 3 + 2) * 4 + 3) * 16 + 1);
  EXPECT_EQ(layout.contiguous_run(1), 16);
}

TEST(Layout, RunsOfCommonLayouts) {
  EXPECT_EQ(row_major({6, 40}).contiguous_run(1), 40);
  EXPECT_EQ(row_major({6, 40}).vector_width(1, 16), 8);
  EXPECT_EQ(row_major({6, 40}).vector_width(0, 16), 1);
  EXPECT_EQ(padded({6, 40}, 1).vector_width(1, 16), 1);
  EXPECT_EQ(padded({6, 40}, 4).vector_width(1, 16), 4);
  EXPECT_EQ(row_major({6, 40}).with_offset(2).vector_width(1, 16), 2);
  EXPECT_EQ(row_major({128, 32}).swizzled(2, 3, 3).vector_width(1, 16), 8);
  EXPECT_EQ(row_major({16}).vector_width(0, 16), 16);
}

TEST(Layout, SizeOfNothingAndOfOne) {
  EXPECT_EQ(row_major({0, 4}).size(), 0);
  EXPECT_EQ(row_major({4, 0}).size(), 0);
  EXPECT_EQ(Layout<int64_t>::scalar(0).size(), 1);
  EXPECT_EQ(Layout<int64_t>::scalar(0).offset({}), 0);
  EXPECT_EQ(row_major({1, 1}).size(), 1);
  EXPECT_EQ(strided<int64_t>({4, 8}, {0, 1}).size(), 8);
  EXPECT_FALSE(is_injective(strided<int64_t>({4, 8}, {0, 1})));
  EXPECT_FALSE(is_injective(strided<int64_t>({4, 8}, {4, 1})));
  EXPECT_FALSE(is_bijective(padded({4, 8}, 1)));
}

// The 128-byte swizzle of 16-bit elements: rows of 64, chunks of 8, chunk c of row r at c ^ (r %
// 8).
TEST(Layout, SwizzleOf128Bytes) {
  const auto layout = row_major({16, 64}).swizzled(3, 3, 3);
  for (const Index& index : all_indices({16, 64})) {
    const int64_t row = index[0], chunk = index[1] / 8;
    ASSERT_EQ(layout.offset(index), row * 64 + (chunk ^ (row % 8)) * 8 + index[1] % 8);
  }
  expect_inverse(layout);
  EXPECT_TRUE(is_bijective(layout));
}

TEST(Layout, RegisterLayoutFollowsTheMapping) {
  const std::vector<TaskMapping<int64_t>> mappings{
      repeat(8, 3) * spatial(1, 16), spatial(4, 2) * repeat(2, 2) * spatial(4, 8) * repeat(4, 4),
      repeat<int64_t>({2, 3}, {1, 0}) * spatial<int64_t>({2, 2}, {1, 0}) * repeat(3, 1),
      spatial(4) * repeat(2) * spatial(8) * replicate(4), spatial(4, 4)};
  for (const auto& mapping : mappings) {
    const auto layout = register_layout(mapping);
    EXPECT_EQ(layout.size(), mapping.local_size());
    EXPECT_EQ(layout.shape(), mapping.task_shape());
    for (int64_t worker = 0; worker < mapping.workers(); ++worker) {
      const auto tasks = mapping.tasks(worker);
      for (size_t local = 0; local < tasks.size(); ++local) {
        ASSERT_EQ(layout.offset(tasks[local]), static_cast<int64_t>(local)) << mapping.to_string();
      }
    }
  }
  const auto mapping = table<int64_t>("t(2)", {2}, [](const int64_t& w) { return Index{1 - w}; });
  EXPECT_THROW(register_layout(mapping), InternalError);
}

TEST(Layout, MistakesOfTheUser) {
  EXPECT_THROW(strided<int64_t>({4, 4}, {4}), UserError);
  EXPECT_THROW(strided<int64_t>({4, 4}, {-4, 1}), UserError);
  EXPECT_THROW(permuted({4, 4}, {0, 0}), UserError);
  EXPECT_THROW(tiled({4, 4}, {2, 0}), UserError);
  EXPECT_THROW(row_major(Index{}), UserError);
  EXPECT_THROW(row_major({4, 4}).swizzled(3, 0, 2), UserError);
  EXPECT_THROW(packed_panels<int64_t>(4, 4, 0), UserError);
}

}  // namespace
}  // namespace hidet
