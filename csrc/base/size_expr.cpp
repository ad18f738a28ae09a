#include "base/size_expr.h"

#include <algorithm>
#include <numeric>

#include "base/checked.h"

namespace hidet {

struct SizeExpr::Node {
  Kind kind;
  int symbol;
  std::vector<SizeExpr> operands;
  uint64_t hash;
  int symbol_count;
};

namespace {

using Kind = SizeExpr::Kind;
// The atoms of a product in order; of the constant term, none.
using Atoms = std::vector<SizeExpr>;

// Products of more atoms first: s0*s1 + 4*s0 + 3.
struct TermOrder {
  bool operator()(const Atoms& a, const Atoms& b) const {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  }
};
using Polynomial = std::map<Atoms, int64_t, TermOrder>;

uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

// True with `rest` = term / divisor when the atoms of divisor are among those of term.
bool divide_atoms(const Atoms& term, const Atoms& divisor, Atoms& rest) {
  if (!std::includes(term.begin(), term.end(), divisor.begin(), divisor.end())) return false;
  rest.clear();
  std::set_difference(term.begin(), term.end(), divisor.begin(), divisor.end(),
                      std::back_inserter(rest));
  return true;
}

}  // namespace

struct SizeExprBuilder {
  static SizeExpr node(Kind kind, int symbol, std::vector<SizeExpr> operands) {
    uint64_t hash = mix(static_cast<uint64_t>(kind) + 1, static_cast<uint64_t>(symbol));
    int symbol_count = symbol + 1;
    for (const SizeExpr& operand : operands) {
      hash = mix(hash, operand.hash());
      symbol_count = std::max(symbol_count, operand.symbol_count());
    }
    return SizeExpr(std::make_shared<const SizeExpr::Node>(
        SizeExpr::Node{kind, symbol, std::move(operands), hash, symbol_count}));
  }

  static SizeExpr node(Kind kind, std::vector<SizeExpr> operands) {
    return node(kind, -1, std::move(operands));
  }

  static void add_term(Polynomial& polynomial, const Atoms& atoms, int64_t coefficient) {
    int64_t& sum = polynomial[atoms];
    sum = checked_add(sum, coefficient);
    if (sum == 0) polynomial.erase(atoms);
  }

  static Polynomial terms(const SizeExpr& expr) {
    Polynomial polynomial;
    auto insert = [&](const SizeExpr& product) {
      if (auto constant = product.as_constant()) return add_term(polynomial, {}, *constant);
      if (product.kind() != Kind::mul) return add_term(polynomial, {product}, 1);
      auto factors = product.operands();
      auto coefficient = factors[0].as_constant();
      add_term(polynomial, Atoms(factors.begin() + (coefficient ? 1 : 0), factors.end()),
               coefficient.value_or(1));
    };
    if (expr.kind() == Kind::add)
      for (const SizeExpr& operand : expr.operands()) insert(operand);
    else
      insert(expr);
    return polynomial;
  }

  static SizeExpr term(const Atoms& atoms, int64_t coefficient) {
    if (atoms.empty()) return coefficient;
    std::vector<SizeExpr> factors;
    if (coefficient != 1) factors.push_back(coefficient);
    factors.insert(factors.end(), atoms.begin(), atoms.end());
    return factors.size() == 1 ? factors[0] : node(Kind::mul, std::move(factors));
  }

  static SizeExpr sum(const Polynomial& polynomial) {
    std::vector<SizeExpr> operands;
    for (const auto& [atoms, coefficient] : polynomial)
      operands.push_back(term(atoms, coefficient));
    if (operands.empty()) return 0;
    return operands.size() == 1 ? operands[0] : node(Kind::add, std::move(operands));
  }

  // a = quotient * divisor + the rest, which stays in `a`; for a divisor of one term.
  static Polynomial take_multiples(Polynomial& a, const Atoms& atoms, int64_t coefficient) {
    Polynomial quotient;
    Atoms rest;
    for (auto it = a.begin(); it != a.end();) {
      bool exact =
          checked_mod(it->second, coefficient) == 0 && divide_atoms(it->first, atoms, rest);
      if (exact) add_term(quotient, rest, checked_floordiv(it->second, coefficient));
      it = exact ? a.erase(it) : std::next(it);
    }
    return quotient;
  }

  static SizeExpr extremum(Kind kind, const SizeExpr& a, const SizeExpr& b) {
    std::vector<SizeExpr> kept;
    auto insert = [&](const SizeExpr& candidate) {
      for (SizeExpr& other : kept)
        if (auto difference = (candidate - other).as_constant()) {
          if ((*difference < 0) == (kind == Kind::min)) other = candidate;
          return;
        }
      kept.push_back(candidate);
    };
    for (const SizeExpr* side : {&a, &b})
      if (side->kind() == kind)
        for (const SizeExpr& operand : side->operands()) insert(operand);
      else
        insert(*side);
    std::sort(kept.begin(), kept.end());
    return kept.size() == 1 ? kept[0] : node(kind, std::move(kept));
  }
};

SizeExpr SizeExpr::symbol(int index) {
  HIDET_ASSERT(index >= 0, "symbol {}", index);
  return SizeExprBuilder::node(Kind::symbol, index, {});
}

SizeExpr::Kind SizeExpr::kind() const {
  return node_ ? node_->kind : Kind::constant;
}
std::optional<int64_t> SizeExpr::as_constant() const {
  return node_ ? std::nullopt : std::optional<int64_t>(value_);
}
int SizeExpr::symbol_index() const {
  HIDET_ASSERT(kind() == Kind::symbol, "{} is no symbol", text());
  return node_->symbol;
}
std::span<const SizeExpr> SizeExpr::operands() const {
  return node_ ? std::span<const SizeExpr>(node_->operands) : std::span<const SizeExpr>();
}
int SizeExpr::symbol_count() const {
  return node_ ? node_->symbol_count : 0;
}
uint64_t SizeExpr::hash() const {
  return node_ ? node_->hash : mix(0, static_cast<uint64_t>(value_));
}

int SizeExpr::compare(const SizeExpr& a, const SizeExpr& b) {
  if (a.node_ == b.node_) return a.value_ < b.value_ ? -1 : a.value_ > b.value_;
  if (a.kind() != b.kind()) return a.kind() < b.kind() ? -1 : 1;
  if (a.node_->symbol != b.node_->symbol) return a.node_->symbol < b.node_->symbol ? -1 : 1;
  const auto &left = a.node_->operands, &right = b.node_->operands;
  if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
  for (size_t i = 0; i < left.size(); i++)
    if (int order = compare(left[i], right[i])) return order;
  return 0;
}

SizeExpr operator+(const SizeExpr& a, const SizeExpr& b) {
  if (a.is_constant() && b.is_constant()) return checked_add(a.value_, b.value_);
  Polynomial sum = SizeExprBuilder::terms(a);
  for (const auto& [atoms, coefficient] : SizeExprBuilder::terms(b))
    SizeExprBuilder::add_term(sum, atoms, coefficient);
  return SizeExprBuilder::sum(sum);
}

SizeExpr operator-(const SizeExpr& a, const SizeExpr& b) {
  return a + SizeExpr(-1) * b;
}

SizeExpr operator*(const SizeExpr& a, const SizeExpr& b) {
  if (a.is_constant() && b.is_constant()) return checked_mul(a.value_, b.value_);
  Polynomial result;
  Polynomial right = SizeExprBuilder::terms(b);
  for (const auto& [left_atoms, left] : SizeExprBuilder::terms(a))
    for (const auto& [right_atoms, coefficient] : right) {
      Atoms atoms;
      std::merge(left_atoms.begin(), left_atoms.end(), right_atoms.begin(), right_atoms.end(),
                 std::back_inserter(atoms));
      SizeExprBuilder::add_term(result, atoms, checked_mul(left, coefficient));
    }
  return SizeExprBuilder::sum(result);
}

SizeExpr floordiv(const SizeExpr& a, const SizeExpr& b) {
  auto divisor = b.as_constant();
  if (a.is_constant() && divisor) return checked_floordiv(a.value_, *divisor);
  HIDET_REQUIRE(divisor != 0, "a size is divided by zero: {} // 0", a.text());
  if (a == b) return 1;
  Polynomial rest = SizeExprBuilder::terms(a), denominator = SizeExprBuilder::terms(b);
  Polynomial quotient;
  if (denominator.size() == 1) {
    const auto& [atoms, coefficient] = *denominator.begin();
    quotient = SizeExprBuilder::take_multiples(rest, atoms, coefficient);
  }
  if (rest.empty()) return SizeExprBuilder::sum(quotient);
  SizeExpr numerator = SizeExprBuilder::sum(rest), by = b;
  if (divisor && *divisor > 0) {
    // floor(floor(x / g) / d) = floor(x / (g * d)): divide by what all but the constant term share.
    int64_t shared = *divisor;
    for (const auto& [atoms, coefficient] : rest)
      if (!atoms.empty()) shared = std::gcd(shared, coefficient);
    Polynomial reduced;
    for (const auto& [atoms, coefficient] : rest)
      SizeExprBuilder::add_term(reduced, atoms, checked_floordiv(coefficient, shared));
    numerator = SizeExprBuilder::sum(reduced);
    by = *divisor / shared;
    if (numerator.kind() == Kind::floordiv)
      if (auto inner = numerator.operands()[1].as_constant(); inner && *inner > 0)
        return SizeExprBuilder::sum(quotient) +
               floordiv(numerator.operands()[0], by * SizeExpr(*inner));
  }
  if (by == SizeExpr(1)) return SizeExprBuilder::sum(quotient) + numerator;
  SizeExpr last = numerator.is_constant() && by.is_constant()
                      ? SizeExpr(checked_floordiv(numerator.value_, by.value_))
                      : SizeExprBuilder::node(Kind::floordiv, {numerator, by});
  return SizeExprBuilder::sum(quotient) + last;
}

SizeExpr mod(const SizeExpr& a, const SizeExpr& b) {
  auto divisor = b.as_constant();
  if (a.is_constant() && divisor) return checked_mod(a.value_, *divisor);
  HIDET_REQUIRE(divisor != 0, "a size is divided by zero: {} % 0", a.text());
  if (a == b) return 0;
  Polynomial rest = SizeExprBuilder::terms(a), denominator = SizeExprBuilder::terms(b);
  if (denominator.size() == 1) {
    const auto& [atoms, coefficient] = *denominator.begin();
    SizeExprBuilder::take_multiples(rest, atoms, coefficient);
    if (divisor)
      for (auto& [unused, value] : rest) value = checked_mod(value, *divisor);
  }
  SizeExpr numerator = SizeExprBuilder::sum(rest);
  if (numerator == SizeExpr(0)) return 0;
  if (numerator.is_constant() && divisor) return numerator;
  if (numerator.kind() == Kind::mod && divisor && *divisor > 0)
    if (auto inner = numerator.operands()[1].as_constant(); inner && *inner > 0) {
      if (*inner <= *divisor) return numerator;
      if (*inner % *divisor == 0) return mod(numerator.operands()[0], b);
    }
  return SizeExprBuilder::node(Kind::mod, {numerator, b});
}

SizeExpr min(const SizeExpr& a, const SizeExpr& b) {
  return SizeExprBuilder::extremum(Kind::min, a, b);
}
SizeExpr max(const SizeExpr& a, const SizeExpr& b) {
  return SizeExprBuilder::extremum(Kind::max, a, b);
}

}  // namespace hidet
