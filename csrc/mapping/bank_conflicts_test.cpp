#include "mapping/bank_conflicts.h"

#include <gtest/gtest.h>

namespace hidet {
namespace {

// A warp that reads or writes one column of 32 rows after the other.
const TaskMapping<int64_t> kColumns = repeat<int64_t>({1, 32}) * spatial(32, 1);

TEST(BankConflicts, TransposedAccess) {
  const auto plain = bank_conflicts(kColumns, row_major({32, 32}), 4, 1);
  EXPECT_EQ(plain, (BankConflicts{32, 32, 32 * 31, 32}));
  const auto padding = bank_conflicts(kColumns, padded({32, 32}, 1), 4, 1);
  EXPECT_EQ(padding, (BankConflicts{32, 32, 0, 1}));
  const auto swizzled = bank_conflicts(kColumns, row_major({32, 32}).swizzled(5, 0, 5), 4, 1);
  EXPECT_EQ(swizzled, (BankConflicts{32, 32, 0, 1}));
  // An even padding leaves half of the banks idle.
  EXPECT_EQ(bank_conflicts(kColumns, padded({32, 32}, 2), 4, 1).worst, 2);
}

TEST(BankConflicts, RowsAndBroadcastsAreFree) {
  const auto rows = repeat(32, 1) * spatial(1, 32);
  EXPECT_EQ(bank_conflicts(rows, row_major({32, 32}), 4, 1).conflicts, 0);
  EXPECT_EQ(bank_conflicts(rows, row_major({32, 32}).swizzled(5, 0, 5), 4, 1).conflicts, 0);
  const auto same = repeat(1, 4) * replicate(32);
  EXPECT_EQ(bank_conflicts(same, row_major({1, 4}), 4, 1), (BankConflicts{4, 4, 0, 1}));
  // Two 16-bit elements share a word.
  EXPECT_EQ(bank_conflicts(spatial(1, 32), row_major({1, 32}), 2, 1), (BankConflicts{1, 1, 0, 1}));
}

TEST(BankConflicts, VectorsTakeSeveralPasses) {
  const auto vectors = spatial(4, 8) * repeat(1, 4);
  EXPECT_EQ(bank_conflicts(vectors, row_major({4, 32}), 4, 4), (BankConflicts{1, 4, 0, 1}));
  EXPECT_EQ(bank_conflicts(spatial(2, 16) * repeat(1, 2), row_major({2, 32}), 4, 2),
            (BankConflicts{1, 2, 0, 1}));
}

// The rows that ldmatrix.x4 reads: lane l gives row l % 16, columns 8 * (l / 16) ... of 16-bit
// elements, 16 bytes each.
TEST(BankConflicts, MatrixRowsNeedASwizzle) {
  const auto rows = repeat(1, 2) * spatial<int64_t>({16, 2}, {1, 0}) * repeat(1, 8);
  const auto plain = row_major({16, 32});
  EXPECT_EQ(bank_conflicts(rows, plain, 2, 8).worst, 4);
  EXPECT_EQ(bank_conflicts(rows, plain.swizzled(2, 3, 3), 2, 8), (BankConflicts{2, 8, 0, 1}));
  EXPECT_EQ(bank_conflicts(rows, padded({16, 32}, 8), 2, 8).conflicts, 0);
}

TEST(BankConflicts, SeveralWarps) {
  const auto mapping = spatial(2, 1) * spatial(32, 1);
  EXPECT_EQ(bank_conflicts(mapping, row_major({64, 32}), 4, 1), (BankConflicts{2, 2, 62, 32}));
}

TEST(BankConflicts, RefusesWhatNoInstructionDoes) {
  const auto vectors = spatial(4, 8) * repeat(1, 4);
  EXPECT_THROW(bank_conflicts(vectors, row_major({4, 32}), 4, 8), UserError);
  EXPECT_THROW(bank_conflicts(vectors, padded({4, 32}, 1), 4, 4), UserError);
  EXPECT_THROW(bank_conflicts(vectors, permuted({4, 32}, {1, 0}), 4, 4), UserError);
  EXPECT_THROW(bank_conflicts(spatial(4, 8), row_major({4, 8}), 4, 2), UserError);
}

}  // namespace
}  // namespace hidet
