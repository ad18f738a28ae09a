#include "target/matrix_rows.h"

#include <gtest/gtest.h>

#include <set>

#include "mapping/bank_conflicts.h"
#include "mapping/matrix_layout.h"
#include "mapping/owner.h"
#include "target/mma_atom.h"

namespace hidet {
namespace {

// Lane l of a matrix in registers has elements (l / 4, l % 4 * 2) and the next, or the transposed.
TEST(MatrixRows, LoadTheFragmentsOfTheProducts) {
  const MmaAtom atom = *find_mma_atom("m16n8k16_bf16");
  for (const bool left : {true, false})
    for (const bool by_rows : {true, false}) {
      // Elements (i, q) of the operand; the side-by-side axis is q of the left one by rows.
      const auto rows = matrix_rows(4, by_rows);
      const auto fragment = left ? atom.a : repeat(1, 2) * atom.b;
      const bool transposes = left != by_rows;
      for (int64_t matrix = 0; matrix < 4; ++matrix)
        for (int64_t lane = 0; lane < 32; ++lane)
          for (int64_t half = 0; half < 2; ++half) {
            const int64_t row = transposes ? lane % 4 * 2 + half : lane / 4;
            const int64_t column = transposes ? lane / 4 : lane % 4 * 2 + half;
            std::vector<int64_t> at = rows.tasks(matrix * 8 + row).at(0);
            at[by_rows ? 1 : 0] = at[by_rows ? 1 : 0] * 8 + column;
            const auto owner = owner_of(fragment, at);
            EXPECT_EQ(owner.worker, lane) << left << by_rows << " matrix " << matrix;
            EXPECT_EQ(fragment.local_index(owner.repeats), 2 * matrix + half)
                << left << by_rows << " matrix " << matrix << " lane " << lane;
          }
    }
}

TEST(MatrixRows, TwoMatricesAreTheFirstOfFour) {
  for (const bool by_rows : {true, false})
    for (int64_t lane = 0; lane < 32; ++lane)
      EXPECT_EQ(matrix_rows(2, by_rows).tasks(lane), matrix_rows(4, by_rows).tasks(lane % 16));
}

TEST(MatrixRows, NoBankConflicts) {
  for (const int64_t columns : {16, 32, 48, 64, 80, 96, 112, 128, 208, 256})
    for (const bool by_rows : {true, false})
      for (const int matrices : {2, 4}) {
        const auto rows = matrix_rows(matrices, by_rows);
        // In elements, with the axis side by side last.
        const auto layout = matrix_layout<int64_t>({64, columns}, 2, true);
        for (int64_t lane = 0; lane < 32; lane += 8) {
          std::set<int64_t> banks;
          for (int64_t i = lane; i < lane + 8; ++i) {
            std::vector<int64_t> at = rows.tasks(i).at(0);
            if (!by_rows) std::swap(at[0], at[1]);
            banks.insert(layout.offset({at[0], at[1] * 8}) * 2 / 16 % 8);
          }
          EXPECT_EQ(banks.size(), 8u) << columns << by_rows << matrices;
        }
      }
}

TEST(MatrixRows, NoBankConflictsOfElements) {
  const MmaAtom atom = *find_mma_atom("m16n8k8_tf32");
  const auto conflicts = [](const TaskMapping<int64_t>& mapping, const Layout<int64_t>& layout) {
    return bank_conflicts(mapping, layout, 4, 1).conflicts;
  };
  for (const int64_t extent : {16, 32, 64, 128, 256}) {
    const int64_t k = std::min<int64_t>(extent, 64);
    const auto terms_inner = matrix_layout<int64_t>({128, k}, 4, true);
    const auto rows_inner = matrix_layout<int64_t>({k, extent}, 4, false);
    EXPECT_EQ(conflicts(atom.a, terms_inner), 0) << extent;
    EXPECT_EQ(conflicts(atom.b, terms_inner.transposed({1, 0})), 0) << extent;
    EXPECT_EQ(conflicts(atom.a, rows_inner.transposed({1, 0})), 0) << extent;
    EXPECT_EQ(conflicts(atom.b, rows_inner), 0) << extent;
  }
}

}  // namespace
}  // namespace hidet
