// The schedule space of the product on scalar units: what its mappings and layouts promise.
#include "schedule/matmul_simt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "mapping/bank_conflicts.h"
#include "passes/restrict_mapping.h"
#include "schedule/attention_simt.h"
#include "schedule/matmul_simt_cost.h"
#include "target/occupancy.h"

namespace hidet {
namespace {

TaskMapping<int64_t> numbers(const Mapping& mapping) {
  std::vector<Factor<int64_t>> factors;
  for (const Factor<Expr>& factor : mapping.factors()) {
    std::vector<int64_t> shape;
    for (Expr extent : factor.shape) shape.push_back(*as_int(extent));
    factors.push_back({factor.kind, shape, factor.order, *as_int(factor.workers)});
  }
  return TaskMapping<int64_t>(std::move(factors), mapping.rank());
}

// Some axes of it: the others stand at a place that begins at a multiple of all banks.
Layout<int64_t> axes_of(const Layout<Expr>& layout, const std::vector<int>& axes) {
  std::vector<std::vector<Mode<int64_t>>> modes;
  std::vector<int64_t> shape;
  for (const int axis : axes) {
    modes.emplace_back();
    for (const Mode<Expr>& mode : layout.modes(axis))
      modes.back().push_back({*as_int(mode.extent), *as_int(mode.stride)});
    shape.push_back(*as_int(layout.shape()[static_cast<size_t>(axis)]));
  }
  return {shape, modes};
}

TEST(MatmulSimt, NoBankConflictsInTheMainLoop) {
  Context context;
  for (const SimtParams& params : simt_space()) {
    SCOPED_TRACE(params.to_string());
    for (const bool along_k : {true, false})
      for (const int64_t across : {params.rows(), params.columns()}) {
        const SimtOperand operand = simt_operand(context, across, params, along_k, DType::f32);
        const TaskMapping<int64_t> mapping = numbers(operand.mapping);
        const Layout<int64_t> layout = axes_of(operand.layout, {1, 2});
        EXPECT_EQ(mapping.workers(), params.threads());
        EXPECT_EQ(mapping.task_shape(), (std::vector<int64_t>{across, params.k}));
        EXPECT_EQ(bank_conflicts(mapping, layout, 4, along_k ? 1 : 4).conflicts, 0)
            << across << " along k " << along_k;
        // The second stage, and every step of k, begins where a vector may.
        EXPECT_EQ(*as_int(operand.layout.modes(0)[0].stride) % 4, 0);
        EXPECT_EQ(*as_int(operand.layout.modes(2)[0].stride) % 4, 0);
      }
    const Mapping accumulators = simt_accumulators(context, params);
    for (const int axis : {0, 1}) {
      const TaskMapping<int64_t> along = numbers(restrict_mapping(accumulators, axis));
      EXPECT_EQ(bank_conflicts(along, row_major(along.task_shape()), 4, 4).conflicts, 0) << axis;
    }
  }
}

TEST(MatmulSimt, TheSpaceIsAboutTwoHundredDifferentPoints) {
  std::set<std::string> names;
  for (const SimtParams& params : simt_space()) names.insert(params.to_string());
  EXPECT_EQ(names.size(), simt_space().size());
  EXPECT_GE(names.size(), 150u);
  EXPECT_LE(names.size(), 260u);
}

TEST(MatmulSimt, EveryPointFitsEveryTarget) {
  for (const std::string& name : cuda_target_names()) {
    const Target target = cuda_target(name);
    for (const SimtParams& params : simt_space())
      for (const CudaWork& work : simt_work({1, 256, 256, 256}, params, target))
        EXPECT_GT(cuda_time(work, target).blocks_at_once, 0) << params.to_string();
  }
}

// The products read, and the weights are written, without conflicts for the head sizes of most
// models; what is copied in are rows of whole warps.
TEST(AttentionSimt, NoBankConflictsInTheMainLoop) {
  Context context;
  for (const int64_t depth : {32, 64, 96, 128, 256}) {
    SCOPED_TRACE(depth);
    const AttentionSimtTiles tiles = attention_simt_tiles(context, depth, depth);
    const auto conflicts = [&](const Mapping& mapping, int axis, const Layout<Expr>& layout,
                               int of_layout, int64_t vector) {
      const TaskMapping<int64_t> along = numbers(restrict_mapping(mapping, axis));
      return bank_conflicts(along, axes_of(layout, {of_layout}), 4, vector).conflicts;
    };
    EXPECT_EQ(conflicts(tiles.scores, 0, tiles.q, 0, 1), 0);
    EXPECT_EQ(conflicts(tiles.scores, 1, tiles.k, 0, 1), 0);
    EXPECT_EQ(conflicts(tiles.outputs, 0, tiles.p, 0, 1), 0);
    EXPECT_EQ(conflicts(tiles.outputs, 1, tiles.v, 1, 4), 0);
    EXPECT_EQ(bank_conflicts(numbers(tiles.scores), axes_of(tiles.p, {0, 1}), 4, 1).conflicts, 0);
  }
}

}  // namespace
}  // namespace hidet
