#include "arith/affine.h"

#include <algorithm>

namespace hidet {

namespace {

// Beyond this many terms a product is an atom: expanding it would cost more than it tells.
constexpr size_t kMostTerms = 24;

bool by_id(Expr a, Expr b) {
  return a->id < b->id;
}
bool before(const std::vector<Expr>& a, const std::vector<Expr>& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), by_id);
}

Expr product_of(const std::vector<Expr>& atoms, int64_t coefficient) {
  Expr e = atoms[0];
  for (size_t i = 1; i < atoms.size(); i++) e = e * atoms[i];
  return coefficient == 1 ? e : e * coefficient;
}

// base + coefficient * atoms, where base may be null.
Expr plus_term(Expr base, int64_t coefficient, const std::vector<Expr>& atoms) {
  if (!base) return product_of(atoms, coefficient);
  if (coefficient < 0 && coefficient != INT64_MIN) return base - product_of(atoms, -coefficient);
  return base + product_of(atoms, coefficient);
}

Expr plus_constant(Context& context, Type type, Expr base, int64_t value) {
  if (!base) return context.constant(type, value);
  if (value == 0) return base;
  return value < 0 && value != INT64_MIN ? base - -value : base + value;
}

// The sum of terms of one type and a constant; the constant goes first when no term is positive.
Expr sum_of(Context& context, Type type, const std::vector<AffineTerm>& terms, int64_t constant) {
  Expr sum;
  for (const AffineTerm& t : terms)
    if (t.coefficient > 0) sum = plus_term(sum, t.coefficient, t.atoms);
  if (!sum && constant > 0) {
    sum = context.constant(type, constant);
    constant = 0;
  }
  for (const AffineTerm& t : terms)
    if (t.coefficient < 0) sum = plus_term(sum, t.coefficient, t.atoms);
  return plus_constant(context, type, sum, constant);
}

}  // namespace

Expr lane_number(Context& context, Type type) {
  return context.ramp(context.constant(type.scalar(), int64_t{0}),
                      context.constant(type.scalar(), int64_t{1}), type.lanes);
}

bool is_lane_number(Expr e) {
  const auto* ramp = e.as<Ramp>();
  return ramp && is_int(ramp->base, 0) && is_int(ramp->stride, 1);
}

Affine Affine::constant(Type type, int64_t value) {
  Affine a(type);
  a.constant_ = value;
  return a;
}

Affine Affine::atom(Expr e, Type type) {
  Affine a(type);
  a.terms_.push_back({1, {e}});
  return a;
}

Affine Affine::of(Expr e) {
  Affine a(e.type());
  a.collect(e, 1);
  return a;
}

void Affine::collect(Expr e, int64_t factor) {
  if (auto value = as_int(e)) {
    int64_t product = 0;
    overflowed_ |= __builtin_mul_overflow(*value, factor, &product);
    add_constant(product);
    return;
  }
  if (const auto* broadcast = e.as<Broadcast>()) return collect(broadcast->value, factor);
  if (const auto* ramp = e.as<Ramp>(); ramp && !is_lane_number(e)) {
    collect(ramp->base, factor);
    Affine stride = Affine::of(ramp->stride);
    Affine part = stride * Affine::atom(lane_number(e.context(), e.type()), e.type());
    *this = *this + part * factor;
    return;
  }
  if (const auto* call = e.as<Call>()) {
    switch (call->function) {
      case Function::add:
        collect(call->args[0], factor);
        return collect(call->args[1], factor);
      case Function::sub:
        collect(call->args[0], factor);
        if (factor != INT64_MIN) return collect(call->args[1], -factor);
        break;
      case Function::neg:
        if (factor != INT64_MIN) return collect(call->args[0], -factor);
        break;
      case Function::mul: {
        Affine a = Affine::of(call->args[0]), b = Affine::of(call->args[1]);
        size_t count = (a.terms_.size() + 1) * (b.terms_.size() + 1);
        if (!a.is_constant() && !b.is_constant() && count > kMostTerms) break;
        Affine product = a * b * factor;
        if (product.overflowed_) break;
        *this = *this + product;
        return;
      }
      default:
        break;
    }
  }
  add_term(factor, {e});
}

Expr Affine::single_atom() const {
  if (constant_ != 0 || terms_.size() != 1 || terms_[0].coefficient != 1) return {};
  return terms_[0].atoms.size() == 1 ? terms_[0].atoms[0] : Expr();
}

bool Affine::contains(Expr atom) const {
  return degree(atom) > 0;
}

int Affine::degree(Expr atom) const {
  int most = 0;
  for (const AffineTerm& t : terms_)
    most = std::max(most, static_cast<int>(std::count(t.atoms.begin(), t.atoms.end(), atom)));
  return most;
}

void Affine::add_constant(int64_t value) {
  overflowed_ |= __builtin_add_overflow(constant_, value, &constant_);
}

void Affine::add_term(int64_t coefficient, std::vector<Expr> atoms) {
  if (coefficient == 0) return;
  std::sort(atoms.begin(), atoms.end(), by_id);
  auto place =
      std::lower_bound(terms_.begin(), terms_.end(), atoms,
                       [](const AffineTerm& t, const auto& a) { return before(t.atoms, a); });
  if (place == terms_.end() || place->atoms != atoms) {
    terms_.insert(place, {coefficient, std::move(atoms)});
    return;
  }
  overflowed_ |= __builtin_add_overflow(place->coefficient, coefficient, &place->coefficient);
  if (place->coefficient == 0) terms_.erase(place);
}

Affine Affine::operator+(const Affine& other) const {
  Affine sum = *this;
  sum.type_.lanes = std::max(type_.lanes, other.type_.lanes);
  sum.overflowed_ |= other.overflowed_;
  for (const AffineTerm& t : other.terms_) sum.add_term(t.coefficient, t.atoms);
  sum.add_constant(other.constant_);
  return sum;
}

Affine Affine::operator-(const Affine& other) const {
  return *this + other * -1;
}

Affine Affine::operator*(int64_t factor) const {
  Affine product(type_);
  product.overflowed_ = overflowed_ | __builtin_mul_overflow(constant_, factor, &product.constant_);
  if (factor == 0) return product;
  product.terms_ = terms_;
  for (AffineTerm& t : product.terms_)
    product.overflowed_ |= __builtin_mul_overflow(t.coefficient, factor, &t.coefficient);
  return product;
}

Affine Affine::operator*(const Affine& other) const {
  Affine product = *this * other.constant_;
  product.type_.lanes = std::max(type_.lanes, other.type_.lanes);
  product.overflowed_ |= other.overflowed_;
  for (const AffineTerm& t : other.terms_) {
    Affine part = *this * t.coefficient;
    product.overflowed_ |= part.overflowed_;
    for (const AffineTerm& mine : part.terms_) {
      std::vector<Expr> atoms = mine.atoms;
      atoms.insert(atoms.end(), t.atoms.begin(), t.atoms.end());
      product.add_term(mine.coefficient, std::move(atoms));
    }
    product.add_term(part.constant_, t.atoms);
  }
  return product;
}

Affine Affine::divided_exactly(int64_t divisor) const {
  Affine quotient = *this;
  for (AffineTerm& t : quotient.terms_) t.coefficient /= divisor;
  quotient.constant_ /= divisor;
  return quotient;
}

Affine Affine::coefficient_of(Expr atom) const {
  Affine result(type_);
  for (const AffineTerm& t : terms_) {
    auto place = std::find(t.atoms.begin(), t.atoms.end(), atom);
    if (place == t.atoms.end()) continue;
    std::vector<Expr> rest = t.atoms;
    rest.erase(rest.begin() + (place - t.atoms.begin()));
    if (rest.empty())
      result.add_constant(t.coefficient);
    else
      result.add_term(t.coefficient, std::move(rest));
  }
  return result;
}

Affine Affine::substitute(Expr atom, const Affine& value) const {
  Affine result = Affine::constant(type_, constant_);
  result.overflowed_ = overflowed_;
  for (const AffineTerm& t : terms_) {
    Affine part = Affine::constant(type_, t.coefficient);
    for (Expr a : t.atoms) part = part * (a == atom ? value : Affine::atom(a, type_));
    result = result + part;
  }
  return result;
}

Affine Affine::with_type(Type type) const {
  Affine result = *this;
  result.type_ = type;
  return result;
}

bool Affine::has_lanes() const {
  for (const AffineTerm& t : terms_)
    for (Expr atom : t.atoms)
      if (atom.type().is_vector()) return true;
  return false;
}

Expr Affine::expression(Context& context) const {
  if (type_.lanes == 1) return sum_of(context, type_, terms_, constant_);
  // Scalar terms are the base of a ramp, those with the lane's number its stride.
  Affine base = Affine::constant(type_.scalar(), constant_), stride(type_.scalar());
  std::vector<AffineTerm> vectors;
  for (const AffineTerm& t : terms_) {
    size_t vector_atoms = 0, lane_atoms = 0;
    for (Expr a : t.atoms) {
      vector_atoms += a.type().is_vector();
      lane_atoms += is_lane_number(a);
    }
    if (vector_atoms == 0) {
      base.add_term(t.coefficient, t.atoms);
    } else if (vector_atoms == 1 && lane_atoms == 1) {
      std::vector<Expr> rest;
      for (Expr a : t.atoms)
        if (!is_lane_number(a)) rest.push_back(a);
      if (rest.empty())
        stride.add_constant(t.coefficient);
      else
        stride.add_term(t.coefficient, std::move(rest));
    } else {
      vectors.push_back(t);
      for (Expr& a : vectors.back().atoms) a = context.broadcast(a, type_.lanes);
    }
  }
  Expr lanes = context.ramp(base.expression(context), stride.expression(context), type_.lanes);
  if (vectors.empty()) return lanes;
  Expr sum = sum_of(context, type_, vectors, 0);
  return is_int(lanes, 0) ? sum : sum + lanes;
}

}  // namespace hidet
