#include "emulator/shared_matrix.h"

#include <cstring>

#include "base/error.h"
#include "emulator/operand_value.h"

namespace hidet {

namespace {

constexpr int kDepth = 16;         // k of one product
constexpr int kBlockElements = 8;  // 16 bytes
constexpr uint32_t kBlockBytes = 16;

}  // namespace

uint32_t swizzled(int pattern_bytes, uint32_t address) {
  HIDET_ASSERT(
      pattern_bytes == 0 || pattern_bytes == 32 || pattern_bytes == 64 || pattern_bytes == 128,
      "a pattern of {} bytes", pattern_bytes);
  const uint32_t blocks = static_cast<uint32_t>(pattern_bytes) / kBlockBytes;
  return blocks == 0 ? address : address ^ ((address >> 7 & (blocks - 1)) << 4);
}

SharedDescriptor SharedDescriptor::decode(uint64_t bits) {
  constexpr int kPatterns[] = {0, 128, 64, 32};
  const auto field = [&](int first) { return static_cast<uint32_t>(bits >> first & 0x3fff) << 4; };
  return {.start = field(0),
          .leading_bytes = field(16),
          .stride_bytes = field(32),
          .pattern_bytes = kPatterns[bits >> 62],
          .base_offset = static_cast<int>(bits >> 49 & 7)};
}

uint32_t SharedDescriptor::block_address(bool is_row_major, int row, int k) const {
  const auto width = static_cast<uint32_t>(pattern_bytes);
  const auto along = static_cast<uint32_t>(is_row_major ? row : k) * 2;  // bytes, major direction
  const auto across = static_cast<uint32_t>(is_row_major ? k : row);
  const uint32_t group = across / 8, line = across % 8;
  uint32_t address = start;
  if (width == 0) {
    // Between blocks along the major direction, and between groups of 8 lines.
    const uint32_t next_block = is_row_major ? stride_bytes : leading_bytes;
    const uint32_t next_group = is_row_major ? leading_bytes : stride_bytes;
    address += along / kBlockBytes * next_block + line * kBlockBytes + group * next_group;
  } else if (is_row_major) {
    address += along / width * leading_bytes + along % width + line * width + group * stride_bytes;
  } else {
    address += along + line * width + group * stride_bytes;
  }
  return swizzled(pattern_bytes, address);
}

namespace {

// `visit` gets each block's first row, first k and address.
template <class Visit>
void for_each_block(const SharedDescriptor& descriptor, bool is_row_major, int first, int rows,
                    const Visit& visit) {
  for (int row = first; row < first + rows; row += is_row_major ? kBlockElements : 1)
    for (int k = 0; k < kDepth; k += is_row_major ? 1 : kBlockElements)
      visit(row, k, descriptor.block_address(is_row_major, row, k));
}

}  // namespace

void visit_blocks(const SharedDescriptor& descriptor, bool is_row_major, int first, int rows,
                  const SharedBlocks& blocks) {
  for_each_block(descriptor, is_row_major, first, rows,
                 [&](int, int, uint32_t address) { blocks(address); });
}

void read_operand(const SharedDescriptor& descriptor, bool is_row_major, bool is_bf16,
                  const SharedBlocks& blocks, std::span<float> values) {
  const int rows = static_cast<int>(values.size()) / kDepth;
  for_each_block(descriptor, is_row_major, 0, rows, [&](int row, int k, uint32_t address) {
    uint16_t elements[kBlockElements];
    std::memcpy(elements, blocks(address), kBlockBytes);
    for (int i = 0; i < kBlockElements; ++i) {
      const int at = is_row_major ? (row + i) * kDepth + k : row * kDepth + k + i;
      values[static_cast<size_t>(at)] =
          is_bf16 ? value_of_bf16(elements[i]) : value_of_f16(elements[i]);
    }
  });
}

}  // namespace hidet
