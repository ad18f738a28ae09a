// SizeExpr: a size that may depend on symbols of the call. An immutable value in normal form.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hidet {

// Normal form: a sum of products of atoms with integer coefficients, where an atom is a symbol,
// floordiv, mod, min or max. Equal polynomials over equal atoms compare equal; floordiv and mod
// give up what is a multiple of their divisor. Building one throws UserError when a coefficient
// leaves 64 bits, or a divisor is the constant 0.
class SizeExpr {
 public:
  enum class Kind : uint8_t { constant, symbol, floordiv, mod, min, max, mul, add };

  SizeExpr() = default;                             // 0
  SizeExpr(int64_t constant) : value_(constant) {}  // NOLINT: sizes mix with numbers
  // The symbol `index` of the call's symbol table, printed s<index>.
  static SizeExpr symbol(int index);

  Kind kind() const;
  bool is_constant() const { return node_ == nullptr; }
  std::optional<int64_t> as_constant() const;
  // Of kind symbol.
  int symbol_index() const;
  // add: 2 or more, none a sum, at most one constant, which comes last. mul: 2 or more, the
  // constant first if there is one, then atoms. floordiv and mod: 2. min and max: 2 or more.
  std::span<const SizeExpr> operands() const;
  // One more than the largest symbol, 0 without symbols: the table that evaluate() needs.
  int symbol_count() const;

  // Checked: UserError when an intermediate value leaves 64 bits or a divisor is 0.
  int64_t evaluate(std::span<const int64_t> symbols) const;
  // Each symbol i replaced by values[i].
  SizeExpr substitute(std::span<const SizeExpr> values) const;
  // A number that divides the value whatever the symbols are, given what divides each symbol
  // (absent: 1). 0 for the constant 0.
  int64_t divisor(std::span<const int64_t> symbol_divisors = {}) const;

  uint64_t hash() const;
  // "s0*s1 + 4*s0 + 3", "(s0 + 15)//16", "s0 % 8", "min(s0, 512)".
  std::string text() const;
  // What text() prints, any sum, product and bracket of it, and ceil_div(a, b). UserError
  // otherwise.
  static SizeExpr parse(std::string_view text);

  bool operator==(const SizeExpr& other) const { return compare(*this, other) == 0; }
  // A total order that depends on the structure only.
  bool operator<(const SizeExpr& other) const { return compare(*this, other) < 0; }

  friend SizeExpr operator+(const SizeExpr& a, const SizeExpr& b);
  friend SizeExpr operator-(const SizeExpr& a, const SizeExpr& b);
  friend SizeExpr operator*(const SizeExpr& a, const SizeExpr& b);
  // Rounded towards minus infinity; mod has the sign of the divisor (as in Python).
  friend SizeExpr floordiv(const SizeExpr& a, const SizeExpr& b);
  friend SizeExpr mod(const SizeExpr& a, const SizeExpr& b);
  friend SizeExpr min(const SizeExpr& a, const SizeExpr& b);
  friend SizeExpr max(const SizeExpr& a, const SizeExpr& b);

 private:
  struct Node;
  friend struct SizeExprBuilder;
  explicit SizeExpr(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  static int compare(const SizeExpr& a, const SizeExpr& b);

  int64_t value_ = 0;  // of a constant
  std::shared_ptr<const Node> node_;
};

SizeExpr operator+(const SizeExpr& a, const SizeExpr& b);
SizeExpr operator-(const SizeExpr& a, const SizeExpr& b);
SizeExpr operator*(const SizeExpr& a, const SizeExpr& b);
SizeExpr floordiv(const SizeExpr& a, const SizeExpr& b);
SizeExpr mod(const SizeExpr& a, const SizeExpr& b);
SizeExpr min(const SizeExpr& a, const SizeExpr& b);
SizeExpr max(const SizeExpr& a, const SizeExpr& b);
// For b > 0.
SizeExpr ceil_div(const SizeExpr& a, const SizeExpr& b);
// The product; 1 when empty.
SizeExpr product(std::span<const SizeExpr> factors);
// Row-major strides in elements.
std::vector<SizeExpr> contiguous_strides(std::span<const SizeExpr> sizes);

}  // namespace hidet

template <>
struct std::hash<hidet::SizeExpr> {
  size_t operator()(const hidet::SizeExpr& expr) const { return expr.hash(); }
};
