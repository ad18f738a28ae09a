// Floor division and remainder of sums.
//
// With every sum over the integers and d > 0:
//   (d * q + r) / d = q + r / d                      (d * q + r) % d = r % d
//   (g * a + b) / (g * m) = a / m                    (g * a + b) % (g * m) = g * (a % m) + b
//                                                    where 0 <= b < g
//   d * (x / d) + y % d = x  where d | x - y
//   (x / a + c) / d = (x + a * c) / (a * d)          (c * (x % m)) % d = (c * x) % d  where d | c *
//   m
#include <algorithm>
#include <numeric>

#include "arith/simplifier.h"

namespace hidet {

namespace {

int64_t floor_quotient(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && ((a < 0) != (b < 0)));
}

// The quotient by d that all of a range shares.
std::optional<int64_t> common_quotient(Range r, int64_t d) {
  if (!r.is_bounded()) return std::nullopt;
  int64_t low = floor_quotient(r.lower, d);
  if (low != floor_quotient(r.upper, d)) return std::nullopt;
  return low;
}

Affine plus(Affine a, int64_t value) {
  a.add_constant(value);
  return a;
}

}  // namespace

int64_t Simplifier::term_divisor(const AffineTerm& term) {
  int64_t known = term.coefficient == INT64_MIN ? 1 : std::abs(term.coefficient);
  for (Expr atom : term.atoms) {
    int64_t by = analyzer_.divisor(atom), product = 0;
    if (by > 1 && !__builtin_mul_overflow(known, by, &product)) known = product;
  }
  return known;
}

Affine Simplifier::divide_term(const AffineTerm& term, int64_t g, Type type, Context& context) {
  int64_t common = std::gcd(g, term.coefficient);
  g /= common;
  std::vector<Expr> atoms = term.atoms;
  Affine result = Affine::constant(type, term.coefficient / common);
  for (Expr atom : atoms) {
    Affine factor = Affine::atom(atom, type);
    int64_t part = std::gcd(g, analyzer_.divisor(atom));
    if (part > 1) {
      Expr quotient = context.call(Function::floordiv, {atom, context.constant(atom.type(), part)});
      factor = Affine::of(quotient).with_type(type);
      g /= part;
    }
    result = result * factor;
  }
  return result;
}

Simplifier::Split Simplifier::split(const Affine& a, int64_t g) {
  Split s{Affine(a.type()), Affine::constant(a.type(), a.constant())};
  for (const AffineTerm& t : a.terms())
    (term_divisor(t) % g == 0 ? s.multiples : s.rest).add_term(t.coefficient, t.atoms);
  return s;
}

std::vector<int64_t> Simplifier::split_candidates(const Affine& a, int64_t within) {
  std::vector<int64_t> candidates;
  for (const AffineTerm& t : a.terms()) {
    int64_t g = within ? std::gcd(term_divisor(t), within) : term_divisor(t);
    if (g > 1) candidates.push_back(g);
  }
  std::sort(candidates.rbegin(), candidates.rend());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

// Whether dividing by g first makes a division by d simpler. Where g is known of an atom only, and
// nothing is left out, n / 4 would become (n / 2) / 2.
bool Simplifier::gains(const Split& split, int64_t g, int64_t d) {
  if (g == d || !split.rest.is_constant()) return true;
  for (const AffineTerm& t : split.multiples.terms())
    if (t.coefficient % g != 0) return false;
  return true;
}

// x of atoms = rest * (x / d), where x and `b` leave the same remainder by d; null: no such x.
Expr Simplifier::congruent_dividend(const std::vector<Expr>& atoms, const std::vector<Expr>& rest,
                                    Expr b, int64_t d) {
  if (atoms.size() != rest.size() + 1 || !analyzer_.is_exact(b)) return {};
  for (size_t i = 0; i < atoms.size(); i++) {
    const auto* div = atoms[i].as<Call>();
    if (!div || div->function != Function::floordiv || as_int(div->args[1]) != d) continue;
    std::vector<Expr> others = atoms;
    others.erase(others.begin() + i);
    if (others != rest || !analyzer_.is_exact(div->args[0])) continue;
    const Affine difference = Affine::of(div->args[0]) - Affine::of(b);
    bool congruent = !difference.overflowed() && difference.constant() % d == 0;
    for (const AffineTerm& t : difference.terms()) congruent = congruent && t.coefficient % d == 0;
    if (congruent) return div->args[0];
  }
  return {};
}

bool Simplifier::join_remainder(Affine& affine) {
  for (const AffineTerm& t : affine.terms()) {
    for (size_t i = 0; i < t.atoms.size(); i++) {
      const auto* mod = t.atoms[i].as<Call>();
      if (!mod || mod->function != Function::mod) continue;
      std::vector<Expr> partner = t.atoms;
      partner.erase(partner.begin() + i);
      std::vector<Expr> rest = partner;
      partner.push_back(mod->context->call(Function::floordiv, mod->args));
      auto constant = as_int(mod->args[1]);
      int64_t coefficient = t.coefficient;
      if (!constant)
        partner.push_back(mod->args[1]);
      else if (__builtin_mul_overflow(coefficient, *constant, &coefficient))
        continue;
      std::sort(partner.begin(), partner.end(), [](Expr a, Expr b) { return a->id < b->id; });
      for (const AffineTerm& other : affine.terms()) {
        if (other.coefficient != coefficient) continue;
        Expr whole = mod->args[0];
        if (other.atoms != partner) {
          if (constant) whole = congruent_dividend(other.atoms, rest, mod->args[0], *constant);
          if (!constant || !whole) continue;
        }
        Affine joined = Affine::of(whole) * t.coefficient;
        for (Expr atom : rest) joined = joined * Affine::atom(atom, affine.type());
        Affine changed = affine;
        changed.add_term(-t.coefficient, t.atoms);
        changed.add_term(-coefficient, other.atoms);
        affine = changed + joined;
        return true;
      }
    }
  }
  return false;
}

bool Simplifier::join_quotient(Affine& affine) {
  for (const AffineTerm& t : affine.terms()) {
    for (size_t i = 0; i < t.atoms.size(); i++) {
      const auto* div = t.atoms[i].as<Call>();
      if (!div || div->function != Function::floordiv) continue;
      auto d = as_int(div->args[1]);
      if (!d || *d <= 0 || t.coefficient % *d != 0 || !analyzer_.divides(*d, div->args[0]))
        continue;
      if (!analyzer_.is_exact(div->args[0])) continue;
      Affine joined = Affine::of(div->args[0]) * (t.coefficient / *d);
      for (size_t k = 0; k < t.atoms.size(); k++)
        if (k != i) joined = joined * Affine::atom(t.atoms[k], affine.type());
      Affine changed = affine;
      changed.add_term(-t.coefficient, t.atoms);
      affine = changed + joined;
      return true;
    }
  }
  return false;
}

Affine Simplifier::canonical(Affine affine) {
  for (int steps = 0; steps < 32 && !affine.overflowed(); steps++) {
    Affine next = affine;
    if (!join_remainder(next) && !join_quotient(next)) break;
    if (next.overflowed()) break;
    affine = std::move(next);
  }
  return affine;
}

Expr Simplifier::expression(const Affine& affine, Context& context) {
  return canonical(affine).expression(context);
}

Affine Simplifier::dividend(Expr e) {
  if (analyzer_.is_exact(e)) {
    Affine sum = Affine::of(e);
    if (!sum.overflowed()) return sum;
  }
  return Affine::atom(e, e.type());
}

// A division that no rule reduces; of scalars where no operand has lanes.
Affine Simplifier::division_atom(Function function, const Affine& a, int64_t d, Context& context) {
  Type type = a.has_lanes() ? a.type() : a.type().scalar();
  Expr e = expression(a.with_type(type), context);
  return Affine::of(context.call(function, {e, context.constant(type, d)})).with_type(a.type());
}

Affine Simplifier::divide(const Affine& a, int64_t d, Context& context) {
  Type type = a.type();
  Affine quotient = Affine::constant(type, floor_quotient(a.constant(), d));
  Affine rest = Affine::constant(type, a.constant() - floor_quotient(a.constant(), d) * d);
  for (const AffineTerm& t : a.terms())
    t.coefficient % d == 0 ? quotient.add_term(t.coefficient / d, t.atoms)
                           : rest.add_term(t.coefficient, t.atoms);
  if (d == 1 || rest.is_constant()) return quotient;
  if (auto k = common_quotient(analyzer_.range(rest), d)) return plus(quotient, *k);
  for (int64_t g : split_candidates(rest, d)) {
    Split s = split(rest, g);
    auto k = common_quotient(analyzer_.range(s.rest), g);
    if (!k || !gains(s, g, d)) continue;
    Affine multiples = Affine::constant(type, *k);
    for (const AffineTerm& t : s.multiples.terms())
      multiples = multiples + divide_term(t, g, type, context);
    if (multiples.overflowed()) continue;
    return quotient + divide(canonical(multiples), d / g, context);
  }
  if (rest.terms().size() == 1 && rest.terms()[0].coefficient == 1 &&
      rest.terms()[0].atoms.size() == 1) {
    const auto* inner = rest.terms()[0].atoms[0].as<Call>();
    auto by = inner && inner->args.size() == 2 ? as_int(inner->args[1]) : std::nullopt;
    int64_t product = 0;
    if (by && *by > 0 && inner->function == Function::floordiv &&
        !__builtin_mul_overflow(*by, d, &product)) {
      Affine whole =
          dividend(inner->args[0]).with_type(type) + Affine::constant(type, rest.constant()) * *by;
      if (!whole.overflowed()) return quotient + divide(whole, product, context);
    }
    if (by && *by > 0 && inner->function == Function::mod && *by % d == 0 && rest.constant() == 0) {
      Affine whole = divide(dividend(inner->args[0]).with_type(type), d, context);
      return quotient + modulo(whole, *by / d, context);
    }
  }
  return quotient + division_atom(Function::floordiv, rest, d, context);
}

Affine Simplifier::modulo(const Affine& a, int64_t d, Context& context) {
  Type type = a.type();
  if (d == 1) return Affine(type);
  Affine rest = Affine::constant(type, a.constant() - floor_quotient(a.constant(), d) * d);
  bool expanded = false;
  for (const AffineTerm& t : a.terms()) {
    if (term_divisor(t) % d == 0) continue;
    const auto* inner = t.atoms.size() == 1 ? t.atoms[0].as<Call>() : nullptr;
    auto by = inner && inner->function == Function::mod ? as_int(inner->args[1]) : std::nullopt;
    int64_t span = 0;
    if (by && *by > 0 && !__builtin_mul_overflow(*by, t.coefficient, &span) && span % d == 0) {
      rest = rest + dividend(inner->args[0]).with_type(type) * (t.coefficient % d);
      expanded = true;
    } else {
      rest.add_term(t.coefficient % d, t.atoms);
    }
  }
  if (rest.overflowed()) return division_atom(Function::mod, a, d, context);
  if (expanded) return modulo(canonical(rest), d, context);
  if (auto k = common_quotient(analyzer_.range(rest), d)) return plus(rest, -*k * d);
  for (int64_t g : split_candidates(rest, d)) {
    if (g == d) continue;
    Split s = split(rest, g);
    auto k = common_quotient(analyzer_.range(s.rest), g);
    if (!k || !gains(s, g, d)) continue;
    Affine multiples = Affine::constant(type, *k);
    for (const AffineTerm& t : s.multiples.terms())
      multiples = multiples + divide_term(t, g, type, context);
    if (multiples.overflowed()) continue;
    return modulo(canonical(multiples), d / g, context) * g + plus(s.rest, -*k * g);
  }
  return division_atom(Function::mod, rest, d, context);
}

std::optional<Simplifier::Division> Simplifier::divide_symbolic(const Affine& a, const Affine& b) {
  // The leading term of b: the one with most factors.
  const AffineTerm* lead = nullptr;
  for (const AffineTerm& t : b.terms())
    if (!lead || t.atoms.size() > lead->atoms.size()) lead = &t;
  if (!lead) return std::nullopt;
  Division result{Affine(a.type()), a};
  for (int steps = 0; steps < 16; steps++) {
    bool found = false;
    for (const AffineTerm& t : result.remainder.terms()) {
      if (t.coefficient % lead->coefficient != 0) continue;
      std::vector<Expr> rest;
      if (!std::includes(t.atoms.begin(), t.atoms.end(), lead->atoms.begin(), lead->atoms.end(),
                         [](Expr x, Expr y) { return x->id < y->id; }))
        continue;
      std::set_difference(t.atoms.begin(), t.atoms.end(), lead->atoms.begin(), lead->atoms.end(),
                          std::back_inserter(rest), [](Expr x, Expr y) { return x->id < y->id; });
      Affine part = Affine::constant(a.type(), t.coefficient / lead->coefficient);
      for (Expr atom : rest) part = part * Affine::atom(atom, a.type());
      Affine next = result.remainder - b * part;
      if (next.overflowed() || next.terms().size() > result.remainder.terms().size()) continue;
      result.quotient = result.quotient + part;
      result.remainder = next;
      found = true;
      break;
    }
    if (!found) break;
  }
  return result;
}

Expr Simplifier::simplify_division(Expr e, const Call& call) {
  Context& context = e.context();
  bool remainder = call.function == Function::mod;
  Affine a = dividend(call.args[0]);
  if (auto d = as_int(call.args[1])) {
    if (*d <= 0) return e;
    return expression(remainder ? modulo(a, *d, context) : divide(a, *d, context), context);
  }
  Expr b = call.args[1];
  Range by = analyzer_.range(b);
  bool may_be_zero = by.lower <= 0 && by.upper >= 0 && !analyzer_.is_index(b);
  if (!analyzer_.is_exact(b) || may_be_zero) return e;
  Affine divisor = Affine::of(b);
  auto division = divide_symbolic(a, divisor);
  if (!division) return e;
  const Affine& rest = division->remainder;
  bool complete = rest.is_constant(0) || (analyzer_.is_nonnegative(rest) &&
                                          analyzer_.is_nonnegative(plus(divisor - rest, -1)));
  if (complete) return expression(remainder ? rest : division->quotient, context);
  if (division->quotient.is_constant(0) || divisor.terms().size() != 1) return e;
  Expr left = context.call(call.function, {expression(rest, context), b});
  return remainder ? left : expression(division->quotient + Affine::of(left), context);
}

}  // namespace hidet
