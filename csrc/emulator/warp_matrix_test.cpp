// The matrix instructions of a warp against plain products, with fragments built by the formulas of
// the PTX ISA: g = lane / 4, q = lane % 4.
#include "emulator/warp_matrix.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>

#include "emulator/operand_value.h"

namespace hidet {
namespace {

// Bits of a small integer.
uint16_t half_of(int value) {
  if (value == 0) return 0;
  int exponent;
  const double mantissa = std::frexp(std::abs(value), &exponent);  // in [0.5, 1)
  const auto fraction = static_cast<int>(std::ldexp(mantissa, 11)) & 0x3ff;
  return static_cast<uint16_t>((value < 0 ? 0x8000 : 0) | (exponent + 14) << 10 | fraction);
}
uint16_t bf16_of(int value) {
  return static_cast<uint16_t>(std::bit_cast<uint32_t>(static_cast<float>(value)) >> 16);
}

int a_at(int row, int k) {
  return (row * 7 + k * 3) % 11 - 5;
}
int b_at(int k, int column) {
  return (k * 5 + column * 2) % 13 - 6;
}
int c_at(int row, int column) {
  return row * 8 + column;
}

struct WarpRegisters {
  std::array<std::array<float, 4>, 32> d{};
  std::array<std::array<uint32_t, 4>, 32> a{};
  std::array<std::array<uint32_t, 2>, 32> b{};

  std::array<ProductRegisters, 32> lanes() {
    std::array<ProductRegisters, 32> result;
    for (size_t lane = 0; lane < 32; ++lane)
      result[lane] = {d[lane].data(), a[lane].data(), b[lane].data()};
    return result;
  }
};

void fill_sums(WarpRegisters& registers) {
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < 4; ++i)
      registers.d[lane][i] =
          static_cast<float>(c_at(lane / 4 + 8 * (i >> 1), 2 * (lane % 4) + (i & 1)));
}

void expect_product(const WarpRegisters& registers, int depth) {
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < 4; ++i) {
      const int row = lane / 4 + 8 * (i >> 1), column = 2 * (lane % 4) + (i & 1);
      int sum = c_at(row, column);
      for (int k = 0; k < depth; ++k) sum += a_at(row, k) * b_at(k, column);
      EXPECT_EQ(registers.d[lane][i], static_cast<float>(sum)) << row << " " << column;
    }
}

TEST(WarpMatrix, ProductsOfSixteenBits) {
  for (const char* name : {"m16n8k16_bf16", "m16n8k16_f16"}) {
    const auto of = std::string_view(name).ends_with("bf16") ? bf16_of : half_of;
    WarpRegisters registers;
    fill_sums(registers);
    for (int lane = 0; lane < 32; ++lane) {
      const int g = lane / 4, q = lane % 4;
      for (int i = 0; i < 8; ++i)
        registers.a[lane][i / 2] |=
            uint32_t{of(a_at(g + 8 * ((i >> 1) & 1), 2 * q + (i & 1) + 8 * (i >> 2)))}
            << i % 2 * 16;
      for (int i = 0; i < 4; ++i)
        registers.b[lane][i / 2] |= uint32_t{of(b_at(2 * q + (i & 1) + 8 * (i >> 1), g))}
                                    << i % 2 * 16;
    }
    WarpProduct::of(name)(registers.lanes());
    expect_product(registers, 16);
  }
}

TEST(WarpMatrix, ProductOfTf32IgnoresTheLowBits) {
  WarpRegisters registers;
  fill_sums(registers);
  const auto of = [](int value) {
    return std::bit_cast<uint32_t>(static_cast<float>(value)) | 0x1fffu;
  };
  for (int lane = 0; lane < 32; ++lane) {
    const int g = lane / 4, q = lane % 4;
    for (int i = 0; i < 4; ++i) registers.a[lane][i] = of(a_at(g + 8 * (i & 1), q + 4 * (i >> 1)));
    for (int i = 0; i < 2; ++i) registers.b[lane][i] = of(b_at(q + 4 * i, g));
  }
  WarpProduct::of("m16n8k8_tf32")(registers.lanes());
  expect_product(registers, 8);
}

// A tile's element is its row times 256 and its column.
struct Tile {
  alignas(16) uint16_t elements[16][16];
  Tile() {
    for (int row = 0; row < 16; ++row)
      for (int column = 0; column < 16; ++column)
        elements[row][column] = static_cast<uint16_t>(row << 8 | column);
  }
  const uint8_t* row_of(int lane) const {
    return reinterpret_cast<const uint8_t*>(&elements[lane % 16][8 * (lane / 16)]);
  }
};

std::array<std::array<uint32_t, 4>, 32> load(const Tile& tile, int count, bool transpose) {
  std::array<std::array<uint32_t, 4>, 32> registers{};
  std::vector<const uint8_t*> rows;
  std::array<uint32_t*, 32> results;
  for (int lane = 0; lane < 32; ++lane) {
    if (lane < 8 * count) rows.push_back(tile.row_of(lane));
    results[lane] = registers[lane].data();
  }
  load_matrices(rows, transpose, results);
  return registers;
}

TEST(WarpMatrix, LoadsAreFragments) {
  const Tile tile;
  for (int count : {1, 2, 4}) {
    const auto plain = load(tile, count, false), transposed = load(tile, count, true);
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < 8; ++i) {
        const int j = i / 2, g = lane / 4, q = lane % 4;
        if (j >= count) {
          EXPECT_EQ(plain[lane][j], 0u);
          continue;
        }
        // Matrices 0 and 1 are the upper and lower half of the left eight columns.
        const int row = 8 * (j % 2), column = 8 * (j / 2);
        const auto half = [&](uint32_t bits) {
          return static_cast<int>(bits >> i % 2 * 16) & 0xffff;
        };
        EXPECT_EQ(half(plain[lane][j]), (row + g) << 8 | (column + 2 * q + i % 2));
        EXPECT_EQ(half(transposed[lane][j]), (row + 2 * q + i % 2) << 8 | (column + g));
      }
  }
}

// An operand stored [m][k] with k contiguous: four matrices are the first fragment, in the order of
// its registers; one stored [k][n], transposed, is the second fragment of two products.
TEST(WarpMatrix, FourMatricesAreTheOperandsOfTheTable) {
  const Tile tile;
  const FragmentMap a(find_mma_atom("m16n8k16_bf16")->a), b(find_mma_atom("m16n8k16_bf16")->b);
  const auto plain = load(tile, 4, false), transposed = load(tile, 4, true);
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < 8; ++i)
      EXPECT_EQ(plain[lane][i / 2] >> i % 2 * 16 & 0xffff,
                static_cast<uint32_t>(a.row(lane, i) << 8 | a.column(lane, i)));
    for (int i = 0; i < 8; ++i) {
      const int right = i / 4 * 8;  // the second product's columns
      EXPECT_EQ(transposed[lane][i / 2] >> i % 2 * 16 & 0xffff,
                static_cast<uint32_t>(b.row(lane, i % 4) << 8 | (b.column(lane, i % 4) + right)));
    }
  }
}

TEST(OperandValue, EveryHalfIsItsNumber) {
  for (int bits = 0; bits < 0x10000; ++bits) {
    const float value = value_of_f16(static_cast<uint16_t>(bits));
    const int exponent = bits >> 10 & 31, fraction = bits & 0x3ff;
    if (exponent == 31) {
      EXPECT_EQ(std::isnan(value), fraction != 0);
      if (fraction == 0) {
        EXPECT_EQ(value, bits & 0x8000 ? -INFINITY : INFINITY);
      }
      continue;
    }
    const double magnitude =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    ASSERT_EQ(value, bits & 0x8000 ? -magnitude : magnitude) << bits;
    ASSERT_EQ(std::signbit(value), (bits & 0x8000) != 0) << bits;
  }
  EXPECT_EQ(value_of_bf16(0x3f80), 1.0f);
  EXPECT_EQ(value_of_tf32(0x3f801fff), 1.0f);
}

}  // namespace
}  // namespace hidet
