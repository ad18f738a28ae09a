// The simplifier: operands first, then the table of rules, then what ranges and sums allow.
#include <numeric>

#include "arith/fold.h"
#include "arith/rules.h"
#include "arith/simplifier.h"
#include "ir/visit.h"

namespace hidet {

namespace {

bool has_sums(DType dtype) {
  return dtype == DType::i32 || dtype == DType::i64;
}

bool acts_by_lane(Function f) {
  return f < Function::sum_lanes;
}

bool all_broadcast(const Call& call) {
  for (Expr arg : call.args)
    if (arg.kind() != ExprKind::Broadcast) return false;
  return true;
}

}  // namespace

Expr Analyzer::simplify(Expr e) {
  return Simplifier(*this).simplify(e);
}

Expr Simplifier::simplify(Expr e) {
  auto found = analyzer_.simplified_.find(e.get());
  if (found != analyzer_.simplified_.end()) return found->second;
  Expr rebuilt = rebuild(e, [this](Expr child) { return simplify(child); });
  Expr result = simplify_node(rebuilt);
  analyzer_.simplified_[e.get()] = result;
  analyzer_.simplified_[result.get()] = result;
  return result;
}

Expr Simplifier::simplify_node(Expr e) {
  Context& context = e.context();
  switch (e.kind()) {
    case ExprKind::Variable: {
      if (is_floating(e.type().dtype)) return e;
      const auto* fact = analyzer_.find(e.as<Variable>()->var);
      if (fact && fact->value) {
        Expr value = simplify(fact->value);
        bool is_plain = as_int(value) || value.kind() == ExprKind::Variable;
        if (is_plain && value.type() == e.type()) return value;
      }
      Range r = analyzer_.range(e);
      return fact && r.is_point() ? context.constant(e.type(), r.lower) : e;
    }
    case ExprKind::Cast:
      return simplify_cast(e, *e.as<Cast>());
    case ExprKind::Ramp:
      if (has_sums(e.type().dtype)) return expression(Affine::of(e), context);
      return e;
    case ExprKind::Call:
      return simplify_call(e);
    default:
      return e;
  }
}

Expr Simplifier::simplify_cast(Expr e, const Cast& cast) {
  Context& context = e.context();
  if (Expr folded = fold_cast(cast.type.dtype, cast.value)) return folded;
  if (const auto* broadcast = cast.value.as<Broadcast>())
    return context.broadcast(simplify(context.cast(cast.type.dtype, broadcast->value)),
                             cast.type.lanes);
  // From one type over a wider one back to it.
  if (const auto* inner = cast.value.as<Cast>()) {
    DType from = inner->value.type().dtype, over = inner->type.dtype;
    bool integers = is_integer(from) && is_integer(over) && from != DType::u64;
    if (integers && analyzer_.range(inner->value).within(Range::of(over)) && over != DType::u64)
      return simplify(context.cast(cast.type.dtype, inner->value));
  }
  return e;
}

Expr Simplifier::simplify_all_lanes_equal(const Call& call) {
  Context& context = *call.context;
  std::vector<Expr> scalars;
  for (Expr arg : call.args) scalars.push_back(arg.as<Broadcast>()->value);
  if (acts_by_lane(call.function))
    return context.broadcast(simplify(context.call(call.function, scalars)), call.type.lanes);
  switch (call.function) {
    case Function::max_lanes:
    case Function::min_lanes:
    case Function::any_lanes:
    case Function::all_lanes:
      return scalars[0];
    default:
      return {};
  }
}

Expr Simplifier::simplify_call(Expr e) {
  const Call& call = *e.as<Call>();
  if (all_broadcast(call))
    if (Expr scalar = simplify_all_lanes_equal(call)) return scalar;
  if (Expr folded = fold_constants(call.function, call.args)) return folded;
  if (Expr replaced = apply_rules(e)) return replaced == e ? e : simplify(replaced);
  if (is_floating(call.args[0].type().dtype)) return e;
  if (call.function == Function::where || is_boolean(call.args[0].type().dtype)) return e;
  return simplify_integer(e, call);
}

Expr Simplifier::simplify_integer(Expr e, const Call& call) {
  Context& context = e.context();
  DType dtype = call.args[0].type().dtype;
  switch (call.function) {
    case Function::lt:
    case Function::le:
      return simplify_comparison(e, call);
    case Function::eq:
    case Function::ne:
      return simplify_equality(e, call);
    case Function::min:
    case Function::fmin:
    case Function::min_fast:
    case Function::max:
    case Function::fmax:
    case Function::max_fast:
      return simplify_extreme(e, call);
    default:
      break;
  }
  if (call.type.dtype != dtype || !is_integer(dtype) || dtype == DType::u64) return e;
  Range r = analyzer_.range(e);
  if (r.is_point() && acts_by_lane(call.function)) return context.constant(e.type(), r.lower);
  if (!has_sums(dtype)) return e;
  switch (call.function) {
    case Function::add:
    case Function::sub:
    case Function::mul:
    case Function::neg: {
      Affine sum = Affine::of(e);
      return sum.overflowed() ? e : expression(sum, context);
    }
    case Function::floordiv:
    case Function::mod:
      return simplify_division(e, call);
    case Function::truncdiv:
    case Function::fmod: {
      if (analyzer_.range(call.args[0]).lower < 0 || analyzer_.range(call.args[1]).lower < 0)
        return e;
      bool quotient = call.function == Function::truncdiv;
      return simplify(context.call(quotient ? Function::floordiv : Function::mod, call.args));
    }
    case Function::abs: {
      if (r.lower >= 0 && analyzer_.range(call.args[0]).lower >= 0) return call.args[0];
      return e;
    }
    case Function::shift_left:
    case Function::shift_right:
    case Function::bit_and:
      if (Expr arithmetic = simplify_bits(call)) return simplify(arithmetic);
      return e;
    default:
      return e;
  }
}

// Index arithmetic in bits becomes multiplication, division and remainder.
Expr Simplifier::simplify_bits(const Call& call) {
  auto by = as_int(call.args[1]);
  Expr x = call.args[0];
  if (!by || !analyzer_.is_index(x)) return {};
  if (call.function == Function::bit_and) {
    bool is_mask = *by > 0 && (*by & (*by + 1)) == 0 && *by < INT64_MAX;
    return is_mask ? x % (*by + 1) : Expr();
  }
  if (*by < 0 || *by >= bits_of(x.type().dtype) - 1) return {};
  int64_t factor = int64_t{1} << *by;
  return call.function == Function::shift_left ? x * factor : x / factor;
}

Expr Simplifier::simplify_extreme(Expr e, const Call& call) {
  Expr a = call.args[0], b = call.args[1];
  if (!is_integer(a.type().dtype) || a.type().dtype == DType::u64) return e;
  bool is_min = call.function == Function::min || call.function == Function::fmin ||
                call.function == Function::min_fast;
  Range x = analyzer_.range(a), y = analyzer_.range(b);
  if (x.upper <= y.lower) return is_min ? a : b;
  if (y.upper <= x.lower) return is_min ? b : a;
  if (!analyzer_.is_exact(a) || !analyzer_.is_exact(b)) return e;
  Affine ahead = Affine::of(b) - Affine::of(a);
  if (analyzer_.is_nonnegative(ahead)) return is_min ? a : b;
  if (analyzer_.is_nonnegative(ahead * -1)) return is_min ? b : a;
  return e;
}

Affine Simplifier::tighten(Affine a) {
  for (int steps = 0; steps < 8; steps++) {
    bool changed = false;
    for (int64_t g : split_candidates(a, 0)) {
      Split s = split(a, g);
      Range r = analyzer_.range(s.rest);
      if (!r.is_bounded()) continue;
      Range quotients = floor_divide(r, Range::point(g));
      if (!quotients.is_point()) continue;
      Affine next = s.multiples;
      int64_t constant = 0;
      if (__builtin_mul_overflow(quotients.lower, g, &constant)) continue;
      next.add_constant(constant);
      if (next.terms().size() == a.terms().size() && next.constant() == a.constant()) continue;
      a = next;
      changed = true;
      break;
    }
    if (!changed) break;
  }
  int64_t common = 0;
  for (const AffineTerm& t : a.terms()) common = std::gcd(common, t.coefficient);
  if (common > 1) {
    Range constant = floor_divide(Range::point(a.constant()), Range::point(common));
    a.add_constant(constant.lower * common - a.constant());
    a = a.divided_exactly(common);
  }
  return a;
}

Expr Simplifier::simplify_comparison(Expr e, const Call& call) {
  Context& context = e.context();
  Expr a = call.args[0], b = call.args[1];
  Type type = a.type();
  if (!is_integer(type.dtype) || type.dtype == DType::u64) return e;
  auto truth = [&](bool value) { return context.constant(e.type(), int64_t{value}); };
  int64_t strict = call.function == Function::lt;
  Range x = analyzer_.range(a), y = analyzer_.range(b);
  if (strict ? x.upper < y.lower : x.upper <= y.lower) return truth(true);
  if (strict ? y.upper <= x.lower : y.upper < x.lower) return truth(false);
  if (!has_sums(type.dtype) || !analyzer_.is_exact(a) || !analyzer_.is_exact(b)) return e;
  Affine ahead = canonical(Affine::of(b) - Affine::of(a));
  ahead.add_constant(-strict);  // the comparison says: ahead >= 0
  if (ahead.overflowed()) return e;
  if (analyzer_.is_nonnegative(ahead)) return truth(true);
  Affine behind = ahead * -1;
  behind.add_constant(-1);
  if (analyzer_.is_nonnegative(behind)) return truth(false);
  ahead = tighten(ahead);
  if (ahead.overflowed() || ahead.is_constant()) return e;
  bool lanes = ahead.has_lanes();
  Type side = lanes ? type : type.scalar();
  Affine left(side), right(side);
  for (const AffineTerm& t : ahead.terms()) {
    if (t.coefficient > 0)
      right.add_term(t.coefficient, t.atoms);
    else
      left.add_term(-t.coefficient, t.atoms);
  }
  // left <= right + constant, written with < wherever a constant would have to be carried.
  Function f = Function::lt;
  int64_t constant = ahead.constant();
  if (constant == 0 && !left.is_constant() && !right.is_constant()) {
    f = Function::le;
  } else if (constant < 0 && !right.is_constant()) {
    left.add_constant(-(constant + 1));
  } else if (constant < INT64_MAX) {
    right.add_constant(constant + 1);
  } else {
    return e;
  }
  Expr result = context.call(f, {left.expression(context), right.expression(context)});
  return context.broadcast(result, e.type().lanes);
}

Expr Simplifier::simplify_equality(Expr e, const Call& call) {
  Context& context = e.context();
  Expr a = call.args[0], b = call.args[1];
  Type type = a.type();
  if (!is_integer(type.dtype) || type.dtype == DType::u64) return e;
  bool equal = call.function == Function::eq;
  auto truth = [&](bool value) { return context.constant(e.type(), int64_t{value == equal}); };
  Range x = analyzer_.range(a), y = analyzer_.range(b);
  if (x.upper < y.lower || y.upper < x.lower) return truth(false);
  if (x.is_point() && x == y) return truth(true);
  if (!has_sums(type.dtype) || !analyzer_.is_exact(a) || !analyzer_.is_exact(b)) return e;
  Affine difference = canonical(Affine::of(b) - Affine::of(a));
  if (difference.overflowed()) return e;
  if (difference.is_constant()) return truth(difference.constant() == 0);
  Affine more = difference, less = difference * -1;
  more.add_constant(-1);
  less.add_constant(-1);
  if (analyzer_.is_nonnegative(more) || analyzer_.is_nonnegative(less)) return truth(false);
  // A multiple of g is never a number between two multiples.
  for (int64_t g : split_candidates(difference, 0)) {
    Range rest = analyzer_.range(split(difference, g).rest);
    if (!rest.is_bounded()) continue;
    Range quotients = floor_divide(rest, Range::point(g));
    Range remainders = ::hidet::modulo(rest, Range::point(g));
    if (quotients.is_point() && remainders.lower > 0) return truth(false);
  }
  return e;
}

}  // namespace hidet
