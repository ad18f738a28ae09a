// Proofs that a sum is not negative, by replacing one atom after the other by a bound of it.
//
// Variables first, innermost first: i in [0, extent) in a sum where i's coefficient has a known
// sign is worst at 0 or at extent - 1, which may be symbolic and cancel. Then quotients: x - d + 1
// <= d * floor(x / d) <= x. Then minima and maxima: either bound, or both cases.
#include <numeric>

#include "arith/analyzer.h"

namespace hidet {

namespace {

constexpr int kDeepest = 12;      // replacements in a row
constexpr int kDeepestCases = 4;  // below this no more distinction of two cases

// constant + value, checked.
Affine plus(Affine a, int64_t value) {
  a.add_constant(value);
  return a;
}

}  // namespace

bool Analyzer::prove(const Affine& affine, int depth, bool use_assumptions) {
  if (affine.overflowed() || depth > kDeepest) return false;
  Range r = range(affine);
  if (r.lower >= 0 && r.lower != Range::kPlusInfinity) return true;
  if (r.upper < 0) return false;
  if (affine.is_constant()) return false;
  if (prove_by_variable(affine, depth) || prove_by_atom(affine, depth)) return true;
  if (!use_assumptions) return false;
  for (const Affine& fact : assumed_) {
    // affine = k * fact + rest with fact >= 0.
    for (const AffineTerm& t : fact.terms()) {
      int64_t mine = 0;
      for (const AffineTerm& other : affine.terms())
        if (other.atoms == t.atoms) mine = other.coefficient;
      if (mine == 0 || mine % t.coefficient != 0 || mine / t.coefficient < 0) continue;
      if (prove(affine - fact * (mine / t.coefficient), depth + 1, false)) return true;
      break;
    }
  }
  return false;
}

bool Analyzer::prove_by_variable(const Affine& affine, int depth) {
  // The innermost variable whose bound is not yet used.
  Expr chosen;
  size_t place = 0;
  for (const AffineTerm& t : affine.terms()) {
    for (Expr atom : t.atoms) {
      if (is_lane_number(atom)) {
        chosen = atom;
        place = facts_.size();
        continue;
      }
      const auto* variable = atom.as<Variable>();
      if (!variable) continue;
      auto found = by_var_.find(variable->var->id);
      if (found == by_var_.end()) continue;
      const Fact& fact = facts_[found->second];
      // Each tested by itself: || of expressions is an expression.
      bool plain = !fact.extent && !fact.value;
      bool bounded = !plain || fact.facts.upper != Range::kPlusInfinity;
      bool size = plain && fact.facts.lower > 0;
      if (!bounded || (size && t.atoms.size() == 1)) continue;
      if (!chosen || found->second > place) {
        chosen = atom;
        place = found->second;
      }
    }
  }
  if (!chosen) return false;
  Type type = affine.type();
  if (place < facts_.size() && facts_[place].value) {
    if (!is_exact(facts_[place].value)) return false;
    return prove(affine.substitute(chosen, Affine::of(facts_[place].value)), depth + 1, false);
  }
  if (affine.degree(chosen) != 1) return false;
  Affine low = Affine::constant(type, 0), high = Affine::constant(type, 0);
  if (place == facts_.size()) {
    high = Affine::constant(type, chosen.type().lanes - 1);
  } else if (facts_[place].extent) {
    high = plus(Affine::of(facts_[place].extent), -1);
  } else {
    low = Affine::constant(type, facts_[place].facts.lower);
    high = Affine::constant(type, facts_[place].facts.upper);
  }
  Affine coefficient = affine.coefficient_of(chosen);
  auto at = [&](const Affine& value) {
    return prove(affine.substitute(chosen, value), depth + 1, false);
  };
  if (prove(coefficient, depth + 1, false)) return at(low);
  if (prove(coefficient * -1, depth + 1, false)) return at(high);
  // A linear function is least at one of the ends.
  return depth < kDeepestCases && at(low) && at(high);
}

bool Analyzer::prove_by_atom(const Affine& affine, int depth) {
  for (const AffineTerm& t : affine.terms()) {
    if (t.atoms.size() != 1) continue;
    Expr atom = t.atoms[0];
    const auto* call = atom.as<Call>();
    if (!call || affine.degree(atom) != 1 || !affine.coefficient_of(atom).terms().empty()) continue;
    auto with = [&](const Affine& sum, const Affine& value) {
      return prove(sum.substitute(atom, value), depth + 1, false);
    };
    if (call->function == Function::floordiv) {
      auto d = as_int(call->args[1]);
      if (!d || *d <= 0 || !is_exact(call->args[0])) continue;
      int64_t k = *d / std::gcd(*d, t.coefficient);
      // Integers: sum >= 0 exactly when k * sum + k - 1 >= 0.
      Affine scaled = plus(affine * k, k - 1);
      Affine rest = scaled.substitute(atom, Affine::constant(affine.type(), 0));
      int64_t c = 0;
      if (scaled.overflowed() || __builtin_mul_overflow(t.coefficient, k, &c)) continue;
      Affine x = Affine::of(call->args[0]);
      if (c > 0) x = plus(x, 1 - *d);
      if (prove(rest + x * (c / *d), depth + 1, false)) return true;
    } else if (call->function == Function::min || call->function == Function::max) {
      if (!is_exact(call->args[0]) || !is_exact(call->args[1])) continue;
      Affine a = Affine::of(call->args[0]), b = Affine::of(call->args[1]);
      bool either = (call->function == Function::min) == (t.coefficient < 0);
      if (either ? with(affine, a) || with(affine, b) : with(affine, a) && with(affine, b))
        return true;
    }
  }
  return false;
}

bool Analyzer::can_prove_less_equal(Expr a, Expr b) {
  if (!is_integer(a.type().dtype)) return false;
  a = simplify(a);
  b = simplify(b);
  if (a == b) return true;
  if (!is_exact(a) || !is_exact(b)) return false;
  return is_nonnegative(Affine::of(b) - Affine::of(a));
}

bool Analyzer::can_prove_less(Expr a, Expr b) {
  if (!is_integer(a.type().dtype)) return false;
  a = simplify(a);
  b = simplify(b);
  if (!is_exact(a) || !is_exact(b)) return false;
  return is_nonnegative(plus(Affine::of(b) - Affine::of(a), -1));
}

bool Analyzer::can_prove_equal(Expr a, Expr b) {
  if (is_floating(a.type().dtype)) return false;
  Expr x = simplify(a), y = simplify(b);
  if (x == y) return true;
  return can_prove_less_equal(x, y) && can_prove_less_equal(y, x);
}

bool Analyzer::can_prove(Expr condition) {
  return is_int(simplify(condition), 1);
}

}  // namespace hidet
