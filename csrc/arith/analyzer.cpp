#include "arith/analyzer.h"

#include <algorithm>
#include <numeric>

#include "ir/function.h"

namespace hidet {

namespace {

int64_t magnitude(int64_t value) {
  return value == INT64_MIN ? 1 : value < 0 ? -value : value;
}

// The part of a divisor that survives wrapping modulo a power of two.
int64_t power_of_two_part(int64_t divisor) {
  return divisor & -divisor;
}

// What may leave the type's range, and wraps where it does.
bool is_arithmetic(Function f) {
  return f == Function::add || f == Function::sub || f == Function::mul || f == Function::neg;
}

int64_t saturating_product(int64_t a, int64_t b) {
  int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? a : product;
}

}  // namespace

Analyzer::Analyzer(const Program& program) {
  for (const SizeParam& size : program.sizes) bind(size.var, size.facts);
}

Analyzer::Scope::Scope(Analyzer& analyzer)
    : analyzer_(analyzer), bound_(analyzer.facts_.size()), assumed_(analyzer.assumed_.size()) {}

Analyzer::Scope::~Scope() {
  bool changed = analyzer_.facts_.size() != bound_ || analyzer_.assumed_.size() != assumed_;
  while (analyzer_.facts_.size() > bound_) {
    analyzer_.by_var_.erase(analyzer_.facts_.back().var->id);
    analyzer_.facts_.pop_back();
  }
  while (analyzer_.assumed_.size() > assumed_) analyzer_.assumed_.pop_back();
  if (changed) analyzer_.forget();
}

void Analyzer::forget() {
  ranges_.clear();
  divisors_.clear();
  exact_.clear();
  index_.clear();
  simplified_.clear();
}

const Analyzer::Fact* Analyzer::find(Var var) const {
  auto found = by_var_.find(var->id);
  return found == by_var_.end() ? nullptr : &facts_[found->second];
}

void Analyzer::push(const Fact& fact) {
  HIDET_ASSERT(!by_var_.count(fact.var->id), "variable {} is bound twice", fact.var->name);
  by_var_[fact.var->id] = facts_.size();
  facts_.push_back(fact);
  forget();
}

void Analyzer::bind(Var var, Expr extent) {
  HIDET_ASSERT(extent.type() == var->type, "the extent of {} has another type", var->name);
  if (auto value = as_int(extent)) return bind(var, *value);
  Expr simple = simplify(extent);
  if (auto value = as_int(simple)) return bind(var, *value);
  push({var, simple, {}, {}});
}

void Analyzer::bind(Var var, int64_t extent) {
  bind(var, SizeFacts{0, std::max<int64_t>(extent, 1) - 1, 1});
}

void Analyzer::bind(Var var, const SizeFacts& facts) {
  push({var, {}, {}, facts});
}

void Analyzer::bind_value(Var var, Expr value) {
  if (is_floating(value.type().dtype)) return;
  push({var, {}, value, {}});
}

void Analyzer::assume(Expr condition) {
  const auto* call = condition.as<Call>();
  if (const auto* broadcast = condition.as<Broadcast>()) return assume(broadcast->value);
  if (!call) return;
  if (call->function == Function::logical_and) {
    assume(call->args[0]);
    assume(call->args[1]);
    return;
  }
  if (call->args.size() != 2 || !is_integer(call->args[0].type().dtype)) return;
  Expr a = simplify(call->args[0]), b = simplify(call->args[1]);
  if (!is_exact(a) || !is_exact(b) || a.type().is_vector()) return;
  Affine ahead = Affine::of(b) - Affine::of(a);  // b - a
  auto add = [&](Affine fact, int64_t offset) {
    fact.add_constant(offset);
    if (!fact.overflowed()) assumed_.push_back(std::move(fact));
  };
  switch (call->function) {
    case Function::lt:
      add(ahead, -1);
      break;
    case Function::le:
      add(ahead, 0);
      break;
    case Function::gt:
      add(ahead * -1, -1);
      break;
    case Function::ge:
      add(ahead * -1, 0);
      break;
    case Function::eq:
      add(ahead, 0);
      add(ahead * -1, 0);
      break;
    default:
      return;
  }
  forget();
}

bool Analyzer::is_exact(Expr e) {
  auto found = exact_.find(e.get());
  if (found != exact_.end()) return found->second;
  return exact_[e.get()] = compute_exact(e);
}

bool Analyzer::compute_exact(Expr e) {
  if (is_floating(e.type().dtype)) return false;
  if (e.type().dtype == DType::u64) return false;
  if (const auto* broadcast = e.as<Broadcast>()) return is_exact(broadcast->value);
  if (const auto* ramp = e.as<Ramp>()) {
    if (!is_exact(ramp->base) || !is_exact(ramp->stride)) return false;
    Range lanes{0, e.type().lanes - 1};
    return is_index(e) ||
           (range(ramp->base) + range(ramp->stride) * lanes).within(Range::of(e.type().dtype));
  }
  const auto* call = e.as<Call>();
  if (!call) return true;
  if (!is_arithmetic(call->function)) return true;  // an atom: its value is what it is
  for (Expr arg : call->args)
    if (!is_exact(arg)) return false;
  if (is_index(e)) return true;
  Range exact = call_range(*call);
  Range whole = Range::of(e.type().dtype);
  return exact.within(whole) && exact.is_bounded();
}

bool Analyzer::is_index(Expr e) {
  auto found = index_.find(e.get());
  if (found != index_.end()) return found->second;
  return index_[e.get()] = compute_index(e);
}

bool Analyzer::compute_index(Expr e) {
  if (is_floating(e.type().dtype)) return false;
  if (e.as<Constant>()) return true;
  if (const auto* variable = e.as<Variable>()) {
    const Fact* fact = find(variable->var);
    return fact && (!fact->value || is_index(fact->value));
  }
  if (const auto* broadcast = e.as<Broadcast>()) return is_index(broadcast->value);
  if (const auto* ramp = e.as<Ramp>()) return is_index(ramp->base) && is_index(ramp->stride);
  if (const auto* cast = e.as<Cast>())
    return is_integer(cast->value.type().dtype) && is_index(cast->value);
  const auto* call = e.as<Call>();
  return call &&
         std::all_of(call->args.begin(), call->args.end(), [&](Expr arg) { return is_index(arg); });
}

Range Analyzer::range(Expr e) {
  auto found = ranges_.find(e.get());
  if (found != ranges_.end()) return found->second;
  Range r = compute_range(e);
  if (e.kind() == ExprKind::Call && is_integer(e.type().dtype) && is_exact(e)) {
    Affine affine = Affine::of(e);
    if (!affine.overflowed() && affine.single_atom() != e) r = meet(r, range(affine));
  }
  return ranges_[e.get()] = r;
}

Range Analyzer::compute_range(Expr e) {
  Range whole = Range::of(e.type().dtype);
  if (is_floating(e.type().dtype)) return whole;
  if (auto value = as_int(e)) return e.type().dtype == DType::u64 ? whole : Range::point(*value);
  if (const auto* broadcast = e.as<Broadcast>()) return range(broadcast->value);
  if (const auto* ramp = e.as<Ramp>()) {
    Range r = range(ramp->base) + range(ramp->stride) * Range{0, e.type().lanes - 1};
    return is_exact(e) ? r : whole;
  }
  if (const auto* variable = e.as<Variable>()) {
    const Fact* fact = find(variable->var);
    if (!fact) return whole;
    if (fact->value) return range(fact->value);
    if (!fact->extent) return {fact->facts.lower, fact->facts.upper};
    int64_t upper = range(fact->extent).upper;
    return {0, upper == Range::kPlusInfinity ? upper : std::max<int64_t>(upper - 1, 0)};
  }
  if (const auto* cast = e.as<Cast>()) {
    Type from = cast->value.type();
    if (is_floating(from.dtype) || from.dtype == DType::u64 || is_boolean(e.type().dtype))
      return whole;
    Range r = range(cast->value);
    return r.within(whole) || is_index(cast->value) ? r : whole;
  }
  if (const auto* call = e.as<Call>()) {
    Range r = call_range(*call);
    if (is_exact(e)) return r;
    // Infinite ends stand for those of 64 bits, which sums of data may pass.
    return r.within(whole) && !is_arithmetic(call->function) ? r : whole;
  }
  return whole;
}

// Over the integers: the caller sees to overflow.
Range Analyzer::call_range(const Call& call) {
  Range whole = Range::of(call.type.dtype);
  Function f = call.function;
  if (f == Function::where) return join(range(call.args[1]), range(call.args[2]));
  if (call.type.dtype != call.args[0].type().dtype || call.type.dtype == DType::u64) return whole;
  Range a = range(call.args[0]);
  Range b = call.args.size() > 1 ? range(call.args[1]) : Range{};
  switch (f) {
    case Function::add:
      return a + b;
    case Function::sub:
      return a - b;
    case Function::mul: {
      Range r = a * b;
      if (call.args[0] == call.args[1]) r = meet(r, {0, Range::kPlusInfinity});
      return r;
    }
    case Function::neg:
      return -a;
    case Function::floordiv:
      return floor_divide(a, b);
    case Function::truncdiv:
      return a.lower >= 0 && b.lower >= 0 ? floor_divide(a, b) : whole;
    case Function::mod:
      return modulo(a, b);
    case Function::fmod:
      return a.lower >= 0 && b.lower >= 0 ? modulo(a, b) : whole;
    case Function::min:
    case Function::fmin:
    case Function::min_fast:
      return min(a, b);
    case Function::max:
    case Function::fmax:
    case Function::max_fast:
      return max(a, b);
    case Function::abs:
      if (a.lower == Range::kMinusInfinity || a.lower == whole.lower) return whole;
      return a.lower >= 0 ? a : Range{0, std::max(-a.lower, a.upper)};
    case Function::sign:
      return {a.lower > 0 ? 1 : a.lower == 0 ? 0 : -1, a.upper > 0 ? 1 : 0};
    case Function::bit_and:
      if (b.lower >= 0) return {0, a.lower >= 0 ? std::min(a.upper, b.upper) : b.upper};
      return a.lower >= 0 ? Range{0, a.upper} : whole;
    case Function::shift_right:
      return b.is_point() && b.lower >= 0 && b.lower < bits_of(call.type.dtype) && a.is_bounded()
                 ? Range{a.lower >> b.lower, a.upper >> b.lower}
                 : (a.lower >= 0 ? Range{0, a.upper} : whole);
    case Function::max_lanes:
    case Function::min_lanes:
    case Function::floor:
    case Function::ceil:
    case Function::trunc:
    case Function::round:
      return a;
    default:
      return whole;
  }
}

Range Analyzer::range(const Affine& affine) {
  if (affine.overflowed()) return {};
  Range sum = Range::point(affine.constant());
  for (const AffineTerm& t : affine.terms()) {
    Range product = Range::point(t.coefficient);
    for (size_t i = 0; i < t.atoms.size(); i++) {
      // A square is not negative.
      if (i + 1 < t.atoms.size() && t.atoms[i] == t.atoms[i + 1]) {
        Range square = range(t.atoms[i]) * range(t.atoms[i]);
        product = product * meet(square, {0, Range::kPlusInfinity});
        i++;
      } else {
        product = product * range(t.atoms[i]);
      }
    }
    sum = sum + product;
  }
  return sum;
}

int64_t Analyzer::divisor(const Affine& affine) {
  if (affine.overflowed()) return 1;
  int64_t all = magnitude(affine.constant());
  for (const AffineTerm& t : affine.terms()) {
    int64_t one = magnitude(t.coefficient);
    for (Expr atom : t.atoms) one = saturating_product(one, divisor(atom));
    all = std::gcd(all, one);
  }
  return all;
}

int64_t Analyzer::divisor(Expr e) {
  auto found = divisors_.find(e.get());
  if (found != divisors_.end()) return found->second;
  return divisors_[e.get()] = compute_divisor(e);
}

int64_t Analyzer::compute_divisor(Expr e) {
  if (!is_integer(e.type().dtype)) return 1;
  if (auto value = as_int(e)) return magnitude(*value);
  if (const auto* variable = e.as<Variable>()) {
    const Fact* fact = find(variable->var);
    if (!fact) return 1;
    return fact->value ? divisor(fact->value) : std::max<int64_t>(fact->facts.divisor, 1);
  }
  if (const auto* cast = e.as<Cast>())
    return is_integer(cast->value.type().dtype) && is_index(cast->value) ? divisor(cast->value) : 1;
  if (const auto* call = e.as<Call>()) {
    auto both = [&](Expr a, Expr b) { return std::gcd(divisor(a), divisor(b)); };
    switch (call->function) {
      case Function::where:
        return both(call->args[1], call->args[2]);
      case Function::min:
      case Function::max:
        return both(call->args[0], call->args[1]);
      case Function::mod:
      case Function::fmod:
        return both(call->args[0], call->args[1]);
      case Function::floordiv:
      case Function::truncdiv: {
        auto by = as_int(call->args[1]);
        int64_t known = divisor(call->args[0]);
        return by && *by > 0 && known % *by == 0 ? known / *by : 1;
      }
      case Function::add:
      case Function::sub:
      case Function::mul:
      case Function::neg:
        break;
      default:
        return 1;
    }
  } else if (e.kind() != ExprKind::Ramp && e.kind() != ExprKind::Broadcast) {
    return 1;
  }
  Affine affine = Affine::of(e);
  if (affine.single_atom() == e) return 1;  // a lane's number, or a product too large to expand
  int64_t known = divisor(affine);
  return is_exact(e) ? known : known == 0 ? 1 : power_of_two_part(known);
}

}  // namespace hidet
