// Boxes copied by tensor maps and read back through descriptors: one pattern for both, and products
// of a warpgroup against plain ones.
#include "emulator/group_product.h"

#include <gtest/gtest.h>

#include <cstring>

#include "emulator/operand_value.h"
#include "emulator/tensor_box.h"

namespace hidet {
namespace {

uint16_t bf16_of(int value) {
  return static_cast<uint16_t>(std::bit_cast<uint32_t>(static_cast<float>(value)) >> 16);
}

uint64_t descriptor(uint32_t start, int leading, int stride, int mode) {
  return uint64_t{start >> 4} | uint64_t(leading >> 4) << 16 | uint64_t(stride >> 4) << 32 |
         uint64_t(mode) << 62;
}

// A matrix in memory, and tiles of it in shared memory.
struct Memory {
  int rows, columns;
  std::vector<uint16_t> matrix;
  alignas(1024) uint8_t shared[32768];
  int64_t bytes_read = 0;

  Memory(int rows, int columns, int seed) : rows(rows), columns(columns) {
    for (int i = 0; i < rows * columns; ++i)
      matrix.push_back(bf16_of((i * 7 + i / 5 + seed) % 15 - 7));
    std::memset(shared, 0xff, sizeof(shared));
  }
  int at(int row, int column) const {
    if (row < 0 || row >= rows || column < 0 || column >= columns) return 0;
    return static_cast<int>(value_of_bf16(matrix[static_cast<size_t>(row * columns + column)]));
  }
  int64_t load(uint32_t box_columns, uint32_t box_rows, int pattern, int column, int row,
               uint32_t to) {
    const auto map = emulate_tensor_map({.dtype = DType::bf16,
                                         .rank = 2,
                                         .address = matrix.data(),
                                         .sizes = {uint64_t(columns), uint64_t(rows)},
                                         .strides = {uint64_t(columns) * 2},
                                         .box = {box_columns, box_rows},
                                         .swizzle_bytes = pattern});
    EXPECT_TRUE(map) << map.reason();
    EXPECT_EQ(tensor_map_use_error(*map, 2), "");
    const auto* first = reinterpret_cast<const uint8_t*>(matrix.data());
    const TensorBoxHooks hooks{.read =
                                   [&](const uint8_t* address, int64_t bytes) {
                                     EXPECT_GE(address, first);
                                     EXPECT_LE(address + bytes, first + matrix.size() * 2);
                                     bytes_read += bytes;
                                   },
                               .write = [&](uint32_t address) { return shared + address; }};
    load_tensor_box(*map, std::vector<int32_t>{column, row}, to, hooks);
    return map->box_bytes();
  }
  SharedBlocks blocks() const {
    return [this](uint32_t address) {
      EXPECT_EQ(address % 16, 0u);
      EXPECT_LT(address, sizeof(shared));
      return shared + address;
    };
  }
};

int mode_of(int pattern) {
  return pattern == 128 ? 1 : pattern == 64 ? 2 : pattern == 32 ? 3 : 0;
}

TEST(SharedMatrix, PatternsMoveSixteenBytes) {
  for (int pattern : {0, 32, 64, 128}) {
    std::vector<bool> taken(4096);
    for (uint32_t address = 0; address < 4096; ++address) {
      const uint32_t to = swizzled(pattern, address);
      EXPECT_FALSE(taken[to]);
      taken[to] = true;
      EXPECT_EQ(to / 128, address / 128);
      EXPECT_EQ(to % 16, address % 16);
    }
  }
  // Line 5 of a pattern of 128 bytes: block 2 is where block 7 would be.
  EXPECT_EQ(swizzled(128, 5 * 128 + 2 * 16), 5u * 128 + 7 * 16);
  EXPECT_EQ(swizzled(64, 5 * 128 + 2 * 16), 5u * 128 + 3 * 16);
  EXPECT_EQ(swizzled(32, 5 * 128 + 2 * 16), 5u * 128 + 3 * 16);
  EXPECT_EQ(swizzled(32, 4 * 128 + 2 * 16), 4u * 128 + 2 * 16);
}

// k contiguous: a box of one pattern's width and 64 rows; each 16 of k is 32 bytes further.
TEST(SharedMatrix, BoxesWithContiguousKAreOperands) {
  for (int pattern : {32, 64, 128})
    for (const auto& [row, k] : {std::pair{0, 0}, {40, 24}, {-8, -8}}) {
      Memory memory(70, 96, 3);
      const int width = pattern / 2;
      memory.load(static_cast<uint32_t>(width), 64, pattern, k, row, 1024);
      for (int step = 0; step < width / 16; ++step) {
        std::vector<float> values(64 * 16);
        const auto bits =
            descriptor(1024 + static_cast<uint32_t>(step) * 32, 16, 8 * pattern, mode_of(pattern));
        read_operand(SharedDescriptor::decode(bits), false, true, memory.blocks(), values);
        for (int i = 0; i < 64 * 16; ++i)
          ASSERT_EQ(values[static_cast<size_t>(i)],
                    static_cast<float>(memory.at(row + i / 16, k + step * 16 + i % 16)))
              << pattern << " " << i;
      }
    }
}

// n contiguous: boxes of one pattern's width, side by side, of 32 rows of k.
TEST(SharedMatrix, BoxesWithContiguousRowsAreOperands) {
  for (int pattern : {32, 64, 128}) {
    Memory memory(40, 200, 5);
    const int width = pattern / 2, k = 16, column = 88, columns = 128;
    const int box_bytes = 32 * pattern;
    for (int part = 0; part < columns / width; ++part)
      memory.load(static_cast<uint32_t>(width), 32, pattern, column + part * width, k,
                  static_cast<uint32_t>(part * box_bytes));
    for (int step = 0; step < 2; ++step) {
      std::vector<float> values(static_cast<size_t>(columns) * 16);
      const auto bits = descriptor(static_cast<uint32_t>(step * 16 * pattern), box_bytes,
                                   8 * pattern, mode_of(pattern));
      read_operand(SharedDescriptor::decode(bits), true, true, memory.blocks(), values);
      for (int i = 0; i < columns * 16; ++i)
        ASSERT_EQ(values[static_cast<size_t>(i)],
                  static_cast<float>(memory.at(k + step * 16 + i % 16, column + i / 16)))
            << pattern << " " << i;
    }
  }
}

// Without a pattern: core matrices of 8 rows of 16 bytes, as the descriptor says where.
TEST(SharedMatrix, WithoutAPattern) {
  const auto k_major = SharedDescriptor::decode(descriptor(256, 2048, 512, 0));
  EXPECT_EQ(k_major.block_address(false, 0, 0), 256u);
  EXPECT_EQ(k_major.block_address(false, 3, 0), 256u + 48);
  EXPECT_EQ(k_major.block_address(false, 19, 8), 256u + 48 + 2 * 512 + 2048);
  EXPECT_EQ(k_major.block_address(true, 8, 3), 256u + 512 + 48);
  EXPECT_EQ(k_major.block_address(true, 0, 11), 256u + 48 + 2048);
}

TEST(TensorBox, CountsAllItsBytesAndReadsThoseOfTheTensor) {
  Memory memory(20, 24, 1);
  EXPECT_EQ(memory.load(16, 8, 0, 16, 16, 0), 256);
  EXPECT_EQ(memory.bytes_read, 8 * 2 * 4);  // 8 columns of 4 rows
  Memory far(20, 24, 1);
  far.load(16, 8, 0, -16, 0, 0);
  far.load(16, 8, 0, 0, 20, 0);
  EXPECT_EQ(far.bytes_read, 0);
  for (int i = 0; i < 256; ++i) EXPECT_EQ(far.shared[i], 0);
}

TEST(TensorBox, ThreeDimensions) {
  std::vector<uint16_t> tensor(3 * 5 * 16);
  for (size_t i = 0; i < tensor.size(); ++i) tensor[i] = static_cast<uint16_t>(i + 1);
  const auto map = emulate_tensor_map({.dtype = DType::u16,
                                       .rank = 3,
                                       .address = tensor.data(),
                                       .sizes = {16, 5, 3},
                                       .strides = {32, 160},
                                       .box = {8, 2, 2}});
  ASSERT_TRUE(map) << map.reason();
  EXPECT_EQ(tensor_map_use_error(*map, 2), "a load of 2 dimensions by a map of 3");
  EXPECT_NE(tensor_map_use_error(EmulatedTensorMap{}, 2), "");
  uint16_t box[2][2][8];
  load_tensor_box(*map, std::vector<int32_t>{8, 4, 1}, 0,
                  {.read = [](const uint8_t*, int64_t) {},
                   .write = [&](uint32_t at) { return reinterpret_cast<uint8_t*>(box) + at; }});
  for (int z = 0; z < 2; ++z)
    for (int y = 0; y < 2; ++y)
      for (int x = 0; x < 8; ++x)
        EXPECT_EQ(box[z][y][x], y == 0 ? ((1 + z) * 5 + 4) * 16 + 8 + x + 1 : 0);
}

TEST(GroupProduct, OperandsByTensorMaps) {
  for (const bool transpose_b : {false, true})
    for (int columns : {8, 64, 128}) {
      Memory a(64, 64, 2);
      a.load(64, 64, 128, 0, 0, 0);
      Memory b(transpose_b ? 64 : columns, transpose_b ? columns : 64, 9);
      const int pattern = transpose_b && columns < 64 ? 16 : 128;
      const int width = transpose_b ? std::min(columns, 64) : 64;
      for (int part = 0; part < (transpose_b ? columns / width : 1); ++part)
        b.load(static_cast<uint32_t>(width), static_cast<uint32_t>(transpose_b ? 64 : columns),
               pattern == 128 ? 128 : 0, part * width, 0,
               static_cast<uint32_t>(16384 + part * 8192));
      // One memory holds both.
      std::memcpy(b.shared, a.shared, 8192);
      std::vector<std::vector<float>> sums(
          128, std::vector<float>(static_cast<size_t>(columns) / 2, NAN));
      std::array<float*, 128> threads;
      for (size_t i = 0; i < 128; ++i) threads[i] = sums[i].data();
      for (int step = 0; step < 4; ++step) {
        GroupProductOperands operands{.columns = columns, .transpose_b = transpose_b};
        operands.a = descriptor(static_cast<uint32_t>(step * 32), 16, 1024, 1);
        operands.b =
            !transpose_b     ? descriptor(16384 + static_cast<uint32_t>(step * 32), 16, 1024, 1)
            : pattern == 128 ? descriptor(16384 + static_cast<uint32_t>(step * 2048), 8192, 1024, 1)
                             : descriptor(16384 + static_cast<uint32_t>(step * 256), 128, 1024, 0);
        operands.keep_sums = step > 0;
        EXPECT_EQ(group_product_error(operands), "");
        group_product(operands, b.blocks(), threads);
      }
      for (int t = 0; t < 128; ++t)
        for (int i = 0; i < columns / 2; ++i) {
          const int row = t / 32 * 16 + t % 32 / 4 + 8 * (i / 2 % 2);
          const int column = 8 * (i / 4) + 2 * (t % 4) + i % 2;
          int sum = 0;
          for (int k = 0; k < 64; ++k)
            sum += a.at(row, k) * (transpose_b ? b.at(k, column) : b.at(column, k));
          ASSERT_EQ(sums[static_cast<size_t>(t)][static_cast<size_t>(i)], static_cast<float>(sum))
              << columns << transpose_b << " " << t << " " << i;
        }
    }
}

TEST(GroupProduct, WhatIsUndefined) {
  GroupProductOperands operands{.columns = 12};
  EXPECT_NE(group_product_error(operands), "");
  operands.columns = 16;
  operands.a = descriptor(0, 16, 512, 1);
  EXPECT_EQ(group_product_error(operands),
            "the descriptor of a steps by 512 bytes in a pattern that repeats every 1024 bytes");
  operands.a = uint64_t{1} << 49;
  EXPECT_NE(group_product_error(operands), "");
}

}  // namespace
}  // namespace hidet
