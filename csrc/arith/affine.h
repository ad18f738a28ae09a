// Affine: an integer expression as a sum of coefficient * (product of atoms) + constant. An atom is
// an expression that is none of these itself: a variable, a quotient, a minimum. The lanes of a
// vector are an atom too: Ramp(0, 1, lanes) is the number of the lane, and any Ramp or Broadcast is
// a sum of scalar atoms and that one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/context.h"

namespace hidet {

struct AffineTerm {
  int64_t coefficient = 0;  // not zero
  std::vector<Expr> atoms;  // at least one; by id, repeated for powers
};

// Coefficients are those of the integers; where one does not fit in 64 bits, `overflowed` is set
// and nothing may be concluded from the sum.
class Affine {
 public:
  explicit Affine(Type type) : type_(type) {}
  static Affine constant(Type type, int64_t value);
  static Affine atom(Expr e, Type type);
  // Collects what add, sub, neg, mul, Ramp, Broadcast and constants make of `e`. An integer type.
  static Affine of(Expr e);

  Type type() const { return type_; }
  const std::vector<AffineTerm>& terms() const { return terms_; }  // ordered
  int64_t constant() const { return constant_; }
  bool overflowed() const { return overflowed_; }
  bool is_constant() const { return terms_.empty(); }
  bool is_constant(int64_t value) const { return terms_.empty() && constant_ == value; }
  // The only atom of a sum that is coefficient 1 times one atom; null when it is none.
  Expr single_atom() const;
  bool contains(Expr atom) const;
  // The highest power of `atom` in a term.
  int degree(Expr atom) const;

  void add_term(int64_t coefficient, std::vector<Expr> atoms);
  void add_constant(int64_t value);
  Affine operator+(const Affine& other) const;
  Affine operator-(const Affine& other) const;
  Affine operator*(const Affine& other) const;
  Affine operator*(int64_t factor) const;
  // Every coefficient divided; all are multiples of `divisor`.
  Affine divided_exactly(int64_t divisor) const;
  // The sum of the terms with `atom`, each without one occurrence of it.
  Affine coefficient_of(Expr atom) const;
  // `atom` replaced in every power.
  Affine substitute(Expr atom, const Affine& value) const;

  // The same sum for another number of lanes; no atom has lanes when it becomes a scalar.
  Affine with_type(Type type) const;
  bool has_lanes() const;

  // The expression of type(): positive terms first in their order, the constant last.
  Expr expression(Context& context) const;

 private:
  void collect(Expr e, int64_t factor);

  Type type_;
  std::vector<AffineTerm> terms_;
  int64_t constant_ = 0;
  bool overflowed_ = false;
};

// The number of the lane, as an expression: Ramp(0, 1, lanes).
Expr lane_number(Context& context, Type type);
bool is_lane_number(Expr e);

}  // namespace hidet
