#include "ir/function.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace hidet {

namespace {

struct Row {
  std::string_view name;
  int arity;
  std::string_view result;
};
constexpr Row kRows[] = {
#define HIDET_FUNCTION(name, arity, result) {#name, arity, #result},
#include "ir/functions.def"
#undef HIDET_FUNCTION
};
const Row& row(Function function) {
  return kRows[static_cast<size_t>(function)];
}

int64_t floor_divide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return quotient - (a % b != 0 && ((a < 0) != (b < 0)));
}

// Adds, subtracts, multiplies without overflow being undefined.
int64_t wrapping(Function function, int64_t a, int64_t b) {
  auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
  if (function == Function::add) return static_cast<int64_t>(x + y);
  if (function == Function::sub) return static_cast<int64_t>(x - y);
  return static_cast<int64_t>(x * y);
}

// Significand of `bits` bits (the hidden one counted), smallest normal exponent `min_exponent`.
double round_to_significand(double value, int bits, int min_exponent, double largest) {
  if (!std::isfinite(value) || value == 0) return value;
  int exponent = std::max(std::ilogb(value), min_exponent);
  double unit = std::ldexp(1.0, exponent - bits + 1);
  double rounded = std::nearbyint(value / unit) * unit;
  if (std::abs(rounded) > largest) return std::copysign(INFINITY, value);
  return rounded == 0 ? std::copysign(0.0, value) : rounded;
}

}  // namespace

std::string_view name_of(Function function) {
  return row(function).name;
}
int arity_of(Function function) {
  return row(function).arity;
}

std::optional<Function> find_function(std::string_view name) {
  for (size_t i = 0; i < std::size(kRows); i++)
    if (kRows[i].name == name) return static_cast<Function>(i);
  return std::nullopt;
}

Type result_type(Function function, const std::vector<Expr>& args) {
  const Row& r = row(function);
  Type first = args[0].type();
  if (r.result == "same") return first;
  if (r.result == "boolean") return first.with_dtype(DType::b8);
  switch (function) {
    case Function::where:
      return args[1].type();
    case Function::bits_to_float:
      return first.with_dtype(bits_of(first.dtype) == 64 ? DType::f64 : DType::f32);
    case Function::float_to_bits:
      return first.with_dtype(bits_of(first.dtype) == 64 ? DType::i64 : DType::i32);
    default:
      return first.scalar();
  }
}

bool is_commutative(Function function) {
  switch (function) {
    case Function::add:
    case Function::mul:
    case Function::eq:
    case Function::ne:
    case Function::logical_and:
    case Function::logical_or:
    case Function::logical_xor:
    case Function::bit_and:
    case Function::bit_or:
    case Function::bit_xor:
      return true;
    default:
      return false;
  }
}

bool is_elementary(Function function) {
  return function >= Function::rsqrt && function <= Function::pow;
}

int64_t wrap_integer(DType dtype, int64_t value) {
  if (dtype == DType::b8) return value != 0;
  int bits = bits_of(dtype);
  if (bits == 64) return value;
  int shift = 64 - bits;
  auto raised = static_cast<uint64_t>(value) << shift;
  if (class_of(dtype) == DTypeClass::unsigned_integer) return static_cast<int64_t>(raised >> shift);
  return static_cast<int64_t>(raised) >> shift;
}

double round_float(DType dtype, double value) {
  switch (dtype) {
    case DType::f32:
      return static_cast<float>(value);
    case DType::f16:
      return round_to_significand(value, 11, -14, 65504.0);
    case DType::bf16:
      return round_to_significand(value, 8, -126, 3.3895313892515355e38);
    default:
      return value;
  }
}

std::optional<int64_t> evaluate_integer(Function function, DType type,
                                        const std::vector<int64_t>& args) {
  int64_t a = args[0], b = args.size() > 1 ? args[1] : 0;
  bool is_unsigned = class_of(type) == DTypeClass::unsigned_integer;
  auto less = [&](int64_t x, int64_t y) {
    return is_unsigned ? static_cast<uint64_t>(x) < static_cast<uint64_t>(y) : x < y;
  };
  auto wrap = [&](int64_t value) { return wrap_integer(type, value); };
  int bits = bits_of(type);
  switch (function) {
    case Function::add:
    case Function::sub:
    case Function::mul:
      return wrap(wrapping(function, a, b));
    case Function::floordiv:
    case Function::truncdiv:
    case Function::mod:
    case Function::fmod: {
      if (b == 0) return std::nullopt;
      if (b == -1 && !is_unsigned)  // the smallest integer has no negative
        return function == Function::floordiv || function == Function::truncdiv
                   ? wrap(wrapping(Function::sub, 0, a))
                   : 0;
      if (is_unsigned) {
        auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
        bool quotient = function == Function::floordiv || function == Function::truncdiv;
        return static_cast<int64_t>(quotient ? x / y : x % y);
      }
      if (function == Function::truncdiv) return a / b;
      if (function == Function::fmod) return a % b;
      int64_t quotient = floor_divide(a, b);
      return function == Function::floordiv ? quotient : a - quotient * b;
    }
    case Function::fma:
      return wrap(wrapping(Function::add, wrapping(Function::mul, a, b), args[2]));
    case Function::neg:
      return wrap(wrapping(Function::sub, 0, a));
    case Function::abs:
      return is_unsigned || a >= 0 ? a : wrap(wrapping(Function::sub, 0, a));
    case Function::sign:
      return is_unsigned ? a != 0 : (a > 0) - (a < 0);
    case Function::min:
    case Function::fmin:
    case Function::min_fast:
      return less(b, a) ? b : a;
    case Function::max:
    case Function::fmax:
    case Function::max_fast:
      return less(a, b) ? b : a;
    case Function::eq:
      return a == b;
    case Function::ne:
      return a != b;
    case Function::lt:
      return less(a, b);
    case Function::le:
      return !less(b, a);
    case Function::gt:
      return less(b, a);
    case Function::ge:
      return !less(a, b);
    case Function::logical_and:
      return a != 0 && b != 0;
    case Function::logical_or:
      return a != 0 || b != 0;
    case Function::logical_xor:
      return (a != 0) != (b != 0);
    case Function::logical_not:
      return a == 0;
    case Function::is_nan:
    case Function::is_inf:
      return 0;
    case Function::where:
      return a != 0 ? b : args[2];
    case Function::bit_and:
      return a & b;
    case Function::bit_or:
      return a | b;
    case Function::bit_xor:
      return wrap(a ^ b);
    case Function::bit_not:
      return type == DType::b8 ? a == 0 : wrap(~a);
    case Function::shift_left:
      if (b < 0 || b >= bits) return 0;
      return wrap(static_cast<int64_t>(static_cast<uint64_t>(a) << b));
    case Function::shift_right:
      if (is_unsigned)
        return b < 0 || b >= bits ? 0 : static_cast<int64_t>(static_cast<uint64_t>(a) >> b);
      return a >> (b < 0 || b >= bits ? 63 : b);
    case Function::floor:
    case Function::ceil:
    case Function::trunc:
    case Function::round:
      return a;
    default:
      return std::nullopt;
  }
}

}  // namespace hidet
