// How the units that work on their own (TMA, wgmma) place matrices in shared memory: the XOR
// pattern, and the descriptor of an operand of a product.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace hidet {

// Where a byte goes: pattern 128, 64 or 32 bytes wide, or 0: as it is. The address is that in
// shared memory, from its start; blocks of 16 bytes stay whole.
uint32_t swizzled(int pattern_bytes, uint32_t address);

// What hidet_shared_descriptor packs into 64 bits. "major" is the direction of contiguous elements:
// k, or the other one (m of the first operand, n of the second).
struct SharedDescriptor {
  uint32_t start = 0;
  uint32_t leading_bytes = 0;  // see block_address
  uint32_t stride_bytes = 0;
  int pattern_bytes = 0;
  int base_offset = 0;

  static SharedDescriptor decode(uint64_t bits);

  // Of the 16 bytes from element (row, k) on, which is a multiple of 8 along the major direction;
  // elements have 16 bits.
  //   k major:   8 rows with one pattern are `stride_bytes` apart from the next 8; without a
  //              pattern, `leading_bytes` lie between blocks of 8 k.
  //   row major: blocks of one pattern's width along the rows are `leading_bytes` apart, groups of
  //              8 k are `stride_bytes` apart; without a pattern the two change roles.
  uint32_t block_address(bool is_row_major, int row, int k) const;
};

// The 16 bytes at an address in shared memory.
using SharedBlocks = std::function<const uint8_t*(uint32_t address)>;

// Asks for every block of `rows` rows of an operand, from the row `first` on, and 16 k.
void visit_blocks(const SharedDescriptor& descriptor, bool is_row_major, int first, int rows,
                  const SharedBlocks& blocks);

// The operand's values[row][k], `rows` of 16, as f32; bf16 or f16 in memory. Each block is asked
// for once.
void read_operand(const SharedDescriptor& descriptor, bool is_row_major, bool is_bf16,
                  const SharedBlocks& blocks, std::span<float> values);

}  // namespace hidet
