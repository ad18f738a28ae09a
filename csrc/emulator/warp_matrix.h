// What the matrix instructions of one warp do to the registers of its 32 lanes. Which lane holds
// which element in which register is what the instruction table says (target/mma_atom.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "target/mma_atom.h"

namespace hidet {

// Where the elements of a fragment lie: of worker w and the i-th element of its registers (the low
// half of a register before the high half), row and column of the matrix.
class FragmentMap {
 public:
  explicit FragmentMap(const TaskMapping<int64_t>& mapping);

  int workers() const { return workers_; }
  int elements() const { return elements_; }  // of a worker
  int row(int worker, int element) const { return places_[worker * elements_ + element].row; }
  int column(int worker, int element) const { return places_[worker * elements_ + element].column; }

 private:
  struct Place {
    int16_t row, column;
  };
  int workers_ = 0, elements_ = 0;
  std::vector<Place> places_;
};

// Registers of one lane, as hidet_mma_<atom> takes them.
struct ProductRegisters {
  float* d;
  const uint32_t* a;
  const uint32_t* b;
};

// d += a * b in f32, k ascending; a and b are f16, bf16 or tf32.
class WarpProduct {
 public:
  // An atom of a warp. One object for each name, made once.
  static const WarpProduct& of(std::string_view atom);

  void operator()(std::span<const ProductRegisters, 32> lanes) const;

 private:
  explicit WarpProduct(const MmaAtom& atom);
  float operand(const uint32_t* registers, int element) const;

  DType type_;
  int k_;
  FragmentMap a_, b_, sums_;
};

// 8 x 8 matrices of 16 bits: row r of matrix j is the 16 bytes at rows[8 j + r]. Register j of lane
// l gets elements (l / 4, 2 (l % 4)) and the one to its right; with `transpose`, elements
// (2 (l % 4), l / 4) and the one below.
void load_matrices(std::span<const uint8_t* const> rows, bool transpose,
                   std::span<uint32_t* const, 32> registers);

}  // namespace hidet
