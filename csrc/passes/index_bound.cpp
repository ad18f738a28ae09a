#include "passes/index_bound.h"

#include <algorithm>
#include <cmath>

#include "arith/affine.h"

namespace hidet {

namespace {

// Larger coefficients are those of no program that fits a machine.
constexpr double kLargest = 0x1p62;

}  // namespace

bool SizePolynomial::ById::operator()(const Monomial& a, const Monomial& b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](Var x, Var y) { return x->id < y->id; });
}

SizePolynomial SizePolynomial::constant(double value) {
  SizePolynomial result;
  if (value > 0) result.terms_[{}] = value;
  return result;
}

SizePolynomial SizePolynomial::of(Var size) {
  SizePolynomial result;
  result.terms_[{size}] = 1;
  return result;
}

SizePolynomial SizePolynomial::operator+(const SizePolynomial& other) const {
  SizePolynomial result = *this;
  for (const auto& [monomial, coefficient] : other.terms_) result.terms_[monomial] += coefficient;
  return result;
}

SizePolynomial SizePolynomial::operator*(const SizePolynomial& other) const {
  SizePolynomial result;
  for (const auto& [a, x] : terms_)
    for (const auto& [b, y] : other.terms_) {
      Monomial both = a;
      both.insert(both.end(), b.begin(), b.end());
      std::sort(both.begin(), both.end(), [](Var p, Var q) { return p->id < q->id; });
      result.terms_[both] += x * y;
    }
  return result;
}

SizePolynomial SizePolynomial::divided(double divisor) const {
  SizePolynomial result = *this;
  for (auto& [_, coefficient] : result.terms_) coefficient /= divisor;
  return result;
}

void SizePolynomial::cover(const SizePolynomial& other) {
  for (const auto& [monomial, coefficient] : other.terms_) {
    double& own = terms_[monomial];
    own = std::max(own, coefficient);
  }
}

Expr SizePolynomial::expression(Context& context) const {
  Expr sum = context.index(0);
  for (const auto& [monomial, coefficient] : terms_) {
    // The sum of the roundings of what it was divided by stays below one.
    Expr term = context.index(static_cast<int64_t>(std::ceil(std::min(coefficient, kLargest))));
    for (const Var size : monomial) term = term * context.variable(size);
    sum = sum + term;
  }
  return sum;
}

IndexBounds::IndexBounds(const Program& program) {
  for (const SizeParam& size : program.sizes) sizes_[size.var] = SizePolynomial::of(size.var);
  walk(program.body, [&](Stmt s) {
    if (const auto* n = s.as<For>()) extents_[n->var] = n->extent;
    if (const auto* n = s.as<Let>(); n && n->var->type.dtype == DType::i64)
      lets_[n->var] = without_lets(n->value);
  });
}

Expr IndexBounds::without_lets(Expr e) {
  return substitute(e, lets_);
}

bool IndexBounds::is_index(Expr e) {
  if (e.type().dtype != DType::i64) return false;
  auto [it, inserted] = index_.emplace(e.get(), false);
  if (!inserted) return it->second;
  bool result = false;
  switch (e.kind()) {
    case ExprKind::Constant:
      result = std::abs(static_cast<double>(*as_int(e))) < 0x1p31;
      break;
    case ExprKind::Variable: {
      const Var var = e.as<Variable>()->var;
      if (auto let = lets_.find(var); let != lets_.end()) {
        result = is_index(let->second);
      } else {
        const auto extent = extents_.find(var);
        result = sizes_.count(var) || (extent != extents_.end() && is_index(extent->second));
      }
      break;
    }
    case ExprKind::Ramp:
    case ExprKind::Broadcast:
      result = true;
      for_each_child(e, [&](Expr child) { result = result && is_index(child); });
      break;
    case ExprKind::Call:
      switch (e.as<Call>()->function) {
        case Function::where:
          result = is_index(e.as<Call>()->args[1]) && is_index(e.as<Call>()->args[2]);
          break;
        case Function::add:
        case Function::sub:
        case Function::mul:
        case Function::neg:
        case Function::abs:
        case Function::floordiv:
        case Function::truncdiv:
        case Function::mod:
        case Function::fmod:
        case Function::min:
        case Function::max:
        case Function::min_fast:
        case Function::max_fast:
        case Function::bit_and:
        case Function::bit_or:
        case Function::bit_xor:
          result = true;
          for_each_child(e, [&](Expr child) { result = result && is_index(child); });
          break;
        default:
          break;
      }
      break;
    default:
      break;
  }
  return index_[e.get()] = result;
}

const SizePolynomial& IndexBounds::bound(Expr e) {
  auto it = bounds_.find(e.get());
  if (it == bounds_.end()) it = bounds_.emplace(e.get(), compute(e)).first;
  return it->second;
}

SizePolynomial IndexBounds::compute(Expr e) {
  HIDET_ASSERT(is_index(e), "the bound of what is no index");
  if (const auto value = as_int(e))
    return SizePolynomial::constant(std::abs(static_cast<double>(*value)));
  if (const auto* variable = e.as<Variable>()) {
    if (auto size = sizes_.find(variable->var); size != sizes_.end()) return size->second;
    if (auto let = lets_.find(variable->var); let != lets_.end()) return bound(let->second);
    return bound(without_lets(extents_.at(variable->var)));
  }
  if (const auto* ramp = e.as<Ramp>())
    return bound(ramp->base) + bound(ramp->stride) * SizePolynomial::constant(e.type().lanes - 1);
  if (const auto* broadcast = e.as<Broadcast>()) return bound(broadcast->value);
  return of_call(*e.as<Call>());
}

namespace {

// The factor left of `product` when `divisor`, one term of it, is taken out; null where it is none.
Expr left_of(Expr product, Expr divisor) {
  const Affine whole = Affine::of(product), part = Affine::of(divisor);
  if (whole.overflowed() || whole.terms().size() != 1 || whole.constant() != 0 ||
      part.terms().size() != 1 || part.constant() != 0)
    return {};
  const AffineTerm& a = whole.terms()[0];
  const AffineTerm& b = part.terms()[0];
  if (b.coefficient <= 0 || a.coefficient % b.coefficient != 0) return {};
  std::vector<Expr> left = a.atoms;
  for (const Expr atom : b.atoms) {
    const auto it = std::find(left.begin(), left.end(), atom);
    if (it == left.end()) return {};
    left.erase(it);
  }
  Affine result(whole.type());
  if (left.empty()) {
    result.add_constant(a.coefficient / b.coefficient);
  } else {
    result.add_term(a.coefficient / b.coefficient, left);
  }
  return result.expression(product.context());
}

}  // namespace

SizePolynomial IndexBounds::of_call(const Call& call) {
  const auto& args = call.args;
  switch (call.function) {
    case Function::mul:
      return bound(args[0]) * bound(args[1]);
    case Function::floordiv:
    case Function::truncdiv: {
      // A loop over a product, counted in one of its factors.
      const Expr divisor = without_lets(args[1]), dividend = without_lets(args[0]);
      if (const auto* variable = dividend.as<Variable>())
        if (auto it = extents_.find(variable->var); it != extents_.end())
          if (const Expr left = left_of(without_lets(it->second), divisor); left && is_index(left))
            return bound(left);
      const auto by = as_int(divisor);
      if (!by || *by <= 0) return bound(args[0]);
      return bound(args[0]).divided(static_cast<double>(*by)) + SizePolynomial::constant(1);
    }
    case Function::mod:
    case Function::fmod:
      return bound(args[1]);
    case Function::where: {
      SizePolynomial either = bound(args[1]);
      either.cover(bound(args[2]));
      return either;
    }
    case Function::min:
    case Function::min_fast:
    case Function::max:
    case Function::max_fast: {
      SizePolynomial either = bound(args[0]);
      either.cover(bound(args[1]));
      return either;
    }
    case Function::neg:
    case Function::abs:
      return bound(args[0]);
    default:  // sums, and of bits what no sum is less than
      return bound(args[0]) + bound(args[1]);
  }
}

Expr index_bound(const Program& program) {
  IndexBounds bounds(program);
  SizePolynomial all;
  std::unordered_map<const ExprNode*, bool> seen;
  const std::function<void(Expr)> look = [&](Expr e) {
    if (!seen.emplace(e.get(), true).second) return;
    if (bounds.is_index(e)) all.cover(bounds.bound(e));
    for_each_child(e, look);
  };
  walk(program.body, [](Stmt) {}, look);
  return all.expression(*program.context);
}

}  // namespace hidet
