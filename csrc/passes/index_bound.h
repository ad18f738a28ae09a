// index_bound: how large the integers are that a program computes indices with.
#pragma once

#include <map>
#include <unordered_map>

#include "ir/visit.h"

namespace hidet {

// A polynomial in the sizes of a program, coefficients not negative. Sizes are not negative either,
// so the larger of two coefficients makes a bound of both.
class SizePolynomial {
 public:
  using Monomial = std::vector<Var>;  // by id, repeated for powers; empty: the constant
  static SizePolynomial constant(double value);
  static SizePolynomial of(Var size);
  SizePolynomial operator+(const SizePolynomial& other) const;
  SizePolynomial operator*(const SizePolynomial& other) const;
  SizePolynomial divided(double divisor) const;
  void cover(const SizePolynomial& other);
  // Its value rounded up, as a sum of products in i64.
  Expr expression(Context& context) const;

 private:
  struct ById {
    bool operator()(const Monomial& a, const Monomial& b) const;
  };
  std::map<Monomial, double, ById> terms_;
};

// Which integer expressions are indices, and what bounds them. An index has constants, sizes, loop
// variables and Lets of indices as leaves; what is read from memory, or converted from it, is data.
class IndexBounds {
 public:
  // Notes every variable that the program's loops and Lets bind.
  explicit IndexBounds(const Program& program);

  bool is_index(Expr e);
  // Of an index: at least its absolute value, wherever in the program it is computed.
  const SizePolynomial& bound(Expr e);

 private:
  SizePolynomial compute(Expr e);
  SizePolynomial of_call(const Call& call);
  // e with the Lets of integers replaced by their values.
  Expr without_lets(Expr e);

  std::unordered_map<Var, SizePolynomial> sizes_;
  std::unordered_map<Var, Expr> extents_;  // of loop variables
  Substitution lets_;
  std::unordered_map<const ExprNode*, bool> index_;
  std::unordered_map<const ExprNode*, SizePolynomial> bounds_;
};

// A number in terms of the program's sizes that no index, and nothing that one is computed from,
// exceeds.
Expr index_bound(const Program& program);

}  // namespace hidet
