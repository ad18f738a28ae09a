// SizeProgram: many SizeExpr evaluated together, each distinct subexpression once.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/size_expr.h"

namespace hidet {

class SizeProgram {
 public:
  // The slot of the table that holds the value after evaluate(). The same size has the same slot.
  int add(const SizeExpr& expr);
  // Of the table.
  size_t slots() const { return initial_.size(); }
  // Symbols that evaluate() needs.
  int symbol_count() const { return symbol_count_; }
  // The table with the constants in place; evaluate() takes a copy of it and fills in the rest.
  const std::vector<int64_t>& initial() const { return initial_; }
  // Checked as SizeExpr::evaluate. `table` has slots() entries, the constants in place.
  void evaluate(std::span<const int64_t> symbols, std::span<int64_t> table) const;

 private:
  struct Instruction {
    SizeExpr::Kind kind;
    int left, right, result;  // slots; of kind symbol, left is the symbol
  };
  int combine(SizeExpr::Kind kind, int left, int right);

  std::vector<Instruction> instructions_;
  std::vector<int64_t> initial_;
  std::unordered_map<SizeExpr, int> slot_of_;
  int symbol_count_ = 0;
};

}  // namespace hidet
