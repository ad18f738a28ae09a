// Simplifier: the work of Analyzer::simplify, one function for each kind of expression.
#pragma once

#include <optional>

#include "arith/analyzer.h"

namespace hidet {

class Simplifier {
 public:
  explicit Simplifier(Analyzer& analyzer) : analyzer_(analyzer) {}
  Expr simplify(Expr e);

 private:
  // The operands of what follows are simplified.
  Expr simplify_node(Expr e);
  Expr simplify_call(Expr e);
  Expr simplify_integer(Expr e, const Call& call);
  Expr simplify_cast(Expr e, const Cast& cast);
  Expr simplify_bits(const Call& call);
  Expr simplify_extreme(Expr e, const Call& call);
  Expr simplify_comparison(Expr e, const Call& call);
  Expr simplify_equality(Expr e, const Call& call);
  Expr simplify_all_lanes_equal(const Call& call);

  // divide.cpp. The sums are over the integers.
  struct Division {
    Affine quotient;
    Affine remainder;
  };
  Affine canonical(Affine affine);  // x % a + a * (x / a) is x
  bool join_remainder(Affine& affine);
  Expr congruent_dividend(const std::vector<Expr>& atoms, const std::vector<Expr>& rest, Expr b,
                          int64_t d);
  bool join_quotient(Affine& affine);
  Expr expression(const Affine& affine, Context& context);
  // What a division sees of an operand: its sum when that is exact, else one atom.
  Affine dividend(Expr e);
  Affine division_atom(Function function, const Affine& a, int64_t d, Context& context);
  Affine divide(const Affine& a, int64_t d, Context& context);
  Affine modulo(const Affine& a, int64_t d, Context& context);
  std::optional<Division> divide_symbolic(const Affine& a, const Affine& b);
  Expr simplify_division(Expr e, const Call& call);

  // a >= 0, brought to its simplest equivalent.
  Affine tighten(Affine a);
  int64_t term_divisor(const AffineTerm& term);
  // The term divided by g, which term_divisor is a multiple of.
  Affine divide_term(const AffineTerm& term, int64_t g, Type type, Context& context);
  // Parts of a: multiples of g, and the rest with the constant.
  struct Split {
    Affine multiples;
    Affine rest;
  };
  Split split(const Affine& a, int64_t g);
  bool gains(const Split& split, int64_t g, int64_t d);
  std::vector<int64_t> split_candidates(const Affine& a, int64_t within);

  Analyzer& analyzer_;
};

}  // namespace hidet
