#include "base/size_program.h"

#include <algorithm>

#include "base/checked.h"

namespace hidet {

int SizeProgram::add(const SizeExpr& expr) {
  if (auto known = slot_of_.find(expr); known != slot_of_.end()) return known->second;
  int slot;
  if (auto constant = expr.as_constant()) {
    slot = static_cast<int>(initial_.size());
    initial_.push_back(*constant);
  } else if (expr.kind() == SizeExpr::Kind::symbol) {
    symbol_count_ = std::max(symbol_count_, expr.symbol_index() + 1);
    slot = combine(SizeExpr::Kind::symbol, expr.symbol_index(), -1);
  } else {
    auto operands = expr.operands();
    slot = add(operands[0]);
    for (const SizeExpr& operand : operands.subspan(1))
      slot = combine(expr.kind(), slot, add(operand));
  }
  slot_of_.emplace(expr, slot);
  return slot;
}

int SizeProgram::combine(SizeExpr::Kind kind, int left, int right) {
  int result = static_cast<int>(initial_.size());
  initial_.push_back(0);
  instructions_.push_back({kind, left, right, result});
  return result;
}

void SizeProgram::evaluate(std::span<const int64_t> symbols, std::span<int64_t> table) const {
  HIDET_ASSERT(table.size() == slots() && symbols.size() >= static_cast<size_t>(symbol_count_),
               "{} slots, {} symbols", table.size(), symbols.size());
  for (const Instruction& step : instructions_) {
    if (step.kind == SizeExpr::Kind::symbol) {
      table[step.result] = symbols[step.left];
      continue;
    }
    int64_t a = table[step.left], b = table[step.right];
    int64_t value = 0;
    switch (step.kind) {
      case SizeExpr::Kind::add:
        value = checked_add(a, b);
        break;
      case SizeExpr::Kind::mul:
        value = checked_mul(a, b);
        break;
      case SizeExpr::Kind::floordiv:
        value = checked_floordiv(a, b);
        break;
      case SizeExpr::Kind::mod:
        value = checked_mod(a, b);
        break;
      case SizeExpr::Kind::min:
        value = std::min(a, b);
        break;
      default:
        value = std::max(a, b);
        break;
    }
    table[step.result] = value;
  }
}

}  // namespace hidet
