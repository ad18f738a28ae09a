// What is computed from a SizeExpr: values, substitutions, divisors.
#include <algorithm>
#include <numeric>

#include "base/checked.h"
#include "base/size_expr.h"

namespace hidet {

namespace {

int64_t apply(SizeExpr::Kind kind, int64_t a, int64_t b) {
  switch (kind) {
    case SizeExpr::Kind::add:
      return checked_add(a, b);
    case SizeExpr::Kind::mul:
      return checked_mul(a, b);
    case SizeExpr::Kind::floordiv:
      return checked_floordiv(a, b);
    case SizeExpr::Kind::mod:
      return checked_mod(a, b);
    case SizeExpr::Kind::min:
      return std::min(a, b);
    case SizeExpr::Kind::max:
      return std::max(a, b);
    default:
      HIDET_UNREACHABLE("kind {}", static_cast<int>(kind));
  }
}

SizeExpr apply(SizeExpr::Kind kind, const SizeExpr& a, const SizeExpr& b) {
  switch (kind) {
    case SizeExpr::Kind::add:
      return a + b;
    case SizeExpr::Kind::mul:
      return a * b;
    case SizeExpr::Kind::floordiv:
      return floordiv(a, b);
    case SizeExpr::Kind::mod:
      return mod(a, b);
    case SizeExpr::Kind::min:
      return min(a, b);
    case SizeExpr::Kind::max:
      return max(a, b);
    default:
      HIDET_UNREACHABLE("kind {}", static_cast<int>(kind));
  }
}

}  // namespace

int64_t SizeExpr::evaluate(std::span<const int64_t> symbols) const {
  if (auto constant = as_constant()) return *constant;
  if (kind() == Kind::symbol) {
    size_t index = static_cast<size_t>(symbol_index());
    HIDET_ASSERT(index < symbols.size(), "no value for s{}", index);
    return symbols[index];
  }
  int64_t value = operands()[0].evaluate(symbols);
  for (const SizeExpr& operand : operands().subspan(1))
    value = apply(kind(), value, operand.evaluate(symbols));
  return value;
}

SizeExpr SizeExpr::substitute(std::span<const SizeExpr> values) const {
  if (is_constant()) return *this;
  if (kind() == Kind::symbol) {
    size_t index = static_cast<size_t>(symbol_index());
    HIDET_ASSERT(index < values.size(), "no value for s{}", index);
    return values[index];
  }
  SizeExpr value = operands()[0].substitute(values);
  for (const SizeExpr& operand : operands().subspan(1))
    value = apply(kind(), value, operand.substitute(values));
  return value;
}

int64_t SizeExpr::divisor(std::span<const int64_t> symbol_divisors) const {
  auto of = [&](size_t i) { return operands()[i].divisor(symbol_divisors); };
  switch (kind()) {
    case Kind::constant:
      return *as_constant() == INT64_MIN ? int64_t{1} << 62 : std::abs(*as_constant());
    case Kind::symbol: {
      size_t index = static_cast<size_t>(symbol_index());
      return index < symbol_divisors.size() ? std::max<int64_t>(symbol_divisors[index], 1) : 1;
    }
    case Kind::floordiv: {
      auto by = operands()[1].as_constant();
      return by && *by > 0 && of(0) % *by == 0 ? of(0) / *by : 1;
    }
    case Kind::mul: {
      int64_t product = 1;
      for (size_t i = 0; i < operands().size(); i++) {
        int64_t next;
        // Without a factor the rest still divides.
        if (!__builtin_mul_overflow(product, of(i), &next)) product = next;
      }
      return product;
    }
    default: {
      int64_t shared = 0;
      for (size_t i = 0; i < operands().size(); i++) shared = std::gcd(shared, of(i));
      return shared;
    }
  }
}

SizeExpr ceil_div(const SizeExpr& a, const SizeExpr& b) {
  return floordiv(a + b - 1, b);
}

SizeExpr product(std::span<const SizeExpr> factors) {
  SizeExpr result = 1;
  for (const SizeExpr& factor : factors) result = result * factor;
  return result;
}

std::vector<SizeExpr> contiguous_strides(std::span<const SizeExpr> sizes) {
  std::vector<SizeExpr> strides(sizes.size(), 1);
  for (size_t i = sizes.size(); i-- > 1;) strides[i - 1] = strides[i] * sizes[i];
  return strides;
}

}  // namespace hidet
