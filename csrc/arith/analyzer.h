// Analyzer: what is known of integer expressions, and what they simplify to.
//
// Two kinds of integers are told apart. An *index* expression has only bound variables and
// constants as leaves: it is taken not to overflow, and not to divide by zero, because it counts
// elements of something that exists. Everything else is *data* and wraps as PyTorch's integers do:
// a rule that needs the absence of overflow is applied only where ranges prove it.
//
// Expressions with lanes are understood through their ramps: a range then holds for every lane, and
// a comparison is proved when it is true in all lanes.
//
//   Analyzer analyzer;
//   analyzer.bind(size, SizeFacts{1, 4096, 8});
//   analyzer.bind(i, context.variable(size));            // i in [0, size)
//   analyzer.can_prove(i * 384 + 5 < size * 384);        // true
//   analyzer.simplify((i * 384 + 5) / 384);              // i
#pragma once

#include <unordered_map>
#include <vector>

#include "arith/affine.h"
#include "arith/range.h"
#include "ir/context.h"

namespace hidet {

class Analyzer {
 public:
  Analyzer() = default;
  // The facts of the program's sizes.
  explicit Analyzer(const Program& program);
  Analyzer(const Analyzer&) = delete;
  Analyzer& operator=(const Analyzer&) = delete;

  // While it lives, facts may be added; they are forgotten with it. Scopes nest.
  class Scope {
   public:
    explicit Scope(Analyzer& analyzer);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Analyzer& analyzer_;
    size_t bound_;
    size_t assumed_;
  };

  // var in [0, extent). The extent is an index expression of var's type.
  void bind(Var var, Expr extent);
  void bind(Var var, int64_t extent);
  // var in [lower, upper], a multiple of divisor.
  void bind(Var var, const SizeFacts& facts);
  // var is `value` (a Let). simplify keeps the variable, except where the value is a constant or
  // another variable.
  void bind_value(Var var, Expr value);
  // A condition that holds in this scope (an If, a mask): comparisons joined by logical_and are
  // used, anything else is ignored.
  void assume(Expr condition);

  // Every value of every lane lies in it.
  Range range(Expr e);
  // The largest number known to divide every lane: 0 for zero, 1 when nothing is known.
  int64_t divisor(Expr e);

  // True when the condition is known to hold (in all lanes); false says nothing.
  bool can_prove(Expr condition);
  bool can_prove_less(Expr a, Expr b);
  bool can_prove_less_equal(Expr a, Expr b);
  bool can_prove_equal(Expr a, Expr b);
  bool divides(int64_t divisor, Expr e) { return divisor && this->divisor(e) % divisor == 0; }

  // The same value in canonical form: sums collected with constants last, divisions and remainders
  // reduced, comparisons decided, selections folded, ramps made explicit. Float arithmetic changes
  // only where the result is the same to the bit.
  Expr simplify(Expr e);

  // True when the value of `e` is that of integers without a bound: an index expression, or data
  // whose ranges exclude overflow.
  bool is_exact(Expr e);
  bool is_index(Expr e);

  // The facts that a rule of arith/ needs; see prove.cpp.
  // The sum, taken over the integers, is >= 0 in every state that the facts allow.
  bool is_nonnegative(const Affine& affine) { return prove(affine, 0, true); }
  Range range(const Affine& affine);
  int64_t divisor(const Affine& affine);

 private:
  friend class Simplifier;
  struct Fact {
    Var var = nullptr;
    Expr extent;      // var in [0, extent), or null
    Expr value;       // var == value, or null
    SizeFacts facts;  // when neither
  };
  const Fact* find(Var var) const;
  void push(const Fact& fact);
  Range call_range(const Call& call);
  Range compute_range(Expr e);
  bool compute_exact(Expr e);
  bool compute_index(Expr e);
  int64_t compute_divisor(Expr e);
  bool prove(const Affine& affine, int depth, bool use_assumptions);
  bool prove_by_variable(const Affine& affine, int depth);
  bool prove_by_atom(const Affine& affine, int depth);
  void forget();  // cached results, after facts changed

  std::vector<Fact> facts_;                      // innermost last
  std::vector<Affine> assumed_;                  // each >= 0
  std::unordered_map<uint32_t, size_t> by_var_;  // id of a variable -> its fact
  std::unordered_map<const ExprNode*, Range> ranges_;
  std::unordered_map<const ExprNode*, int64_t> divisors_;
  std::unordered_map<const ExprNode*, bool> exact_;
  std::unordered_map<const ExprNode*, bool> index_;
  std::unordered_map<const ExprNode*, Expr> simplified_;
};

}  // namespace hidet
