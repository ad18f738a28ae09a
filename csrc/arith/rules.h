// The rewrite rules that need no knowledge of ranges, as a table that a test walks: each row is
// compared with direct evaluation on random and special values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ir/context.h"

namespace hidet {

// Element types of `x`, or of `p` where there is no x, for which a rule holds.
enum class RuleDomain : uint8_t { boolean, integer, floating, any };

// Patterns are written (function operand ...). Operands: x, y, z (any expression), p, q (booleans),
// c, d (constants), true, false, and the numbers 0, -0, 1, -1. A name that occurs twice stands for
// the same expression. Each rule makes an expression smaller, or brings it to a canonical spelling.
struct Rule {
  const char* name;
  RuleDomain domain;
  const char* from;
  const char* to;
};
const std::vector<Rule>& simplification_rules();

struct Pattern {
  enum class Kind : uint8_t { call, any, boolean, constant, number };
  Kind kind = Kind::any;
  Function function{};
  std::vector<Pattern> operands;
  char name = 0;       // of any, boolean, constant
  double number = 0;   // signed zero included; true and false are 1 and 0
  bool truth = false;  // the number is a boolean
};
Pattern parse_pattern(const std::string& text);

// What the names of a pattern stand for, by letter.
using Bindings = std::vector<std::pair<char, Expr>>;
bool match(const Pattern& pattern, Expr e, Bindings& bindings);
// `type` is that of the numbers that stand where no operand tells it.
Expr instantiate(const Pattern& pattern, Context& context, Type type, const Bindings& bindings);
bool in_domain(RuleDomain domain, DType dtype);

// The first rule's result, or null when none applies.
Expr apply_rules(Expr e);

}  // namespace hidet
