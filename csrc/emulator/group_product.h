// GroupProduct: what wgmma.mma_async m64n<N>k16 adds to the registers of the 128 threads of a
// warpgroup.
#pragma once

#include <span>
#include <vector>

#include "emulator/shared_matrix.h"
#include "emulator/warp_matrix.h"

namespace hidet {

// The immediates and operands of one instruction.
struct GroupProductOperands {
  bool is_bf16 = true;
  int columns = 8;
  bool transpose_a = false, transpose_b = false;  // m and n are the contiguous directions
  uint64_t a = 0, b = 0;                          // descriptors
  bool keep_sums = true;                          // false: they begin at zero

  friend bool operator==(const GroupProductOperands&, const GroupProductOperands&) = default;
};

// Why the instruction is undefined; empty where it is defined.
std::string group_product_error(const GroupProductOperands& operands);

// Asks for every block that one of the four warps needs: its 16 rows of a, and b.
void visit_operands(const GroupProductOperands& operands, int warp, const SharedBlocks& blocks);

// sums[thread]: columns / 2 registers of it.
void group_product(const GroupProductOperands& operands, const SharedBlocks& blocks,
                   std::span<float* const, 128> sums);

}  // namespace hidet
