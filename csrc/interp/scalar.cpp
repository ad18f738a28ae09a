#include "interp/scalar.h"

#include <cmath>
#include <vector>

#include "ir/function.h"

namespace hidet {

namespace {

// The operations that float and double do in their own precision.
template <class T>
T arithmetic(Function function, T a, T b, T c) {
  switch (function) {
    case Function::add:
      return a + b;
    case Function::sub:
      return a - b;
    case Function::mul:
      return a * b;
    case Function::div:
      return a / b;
    case Function::reciprocal:
      return T(1) / a;
    case Function::fma:
      return std::fma(a, b, c);
    case Function::truncdiv:
      return std::trunc(a / b);
    case Function::fmod:
      return std::fmod(a, b);
    case Function::mod: {
      T rest = std::fmod(a, b);
      return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest;
    }
    case Function::floordiv: {
      if (b == 0) return a / b;
      T rest = std::fmod(a, b);
      T quotient = (a - rest) / b;
      if (rest != 0 && (b < 0) != (rest < 0)) quotient -= 1;
      if (quotient == 0) return std::copysign(T(0), a / b);
      T whole = std::floor(quotient);
      return quotient - whole > T(0.5) ? whole + 1 : whole;
    }
    case Function::sqrt:
      return std::sqrt(a);
    default:
      HIDET_UNREACHABLE("{} of floats", name_of(function));
  }
}

bool is_arithmetic(Function function) {
  return function == Function::sqrt || function == Function::reciprocal ||
         (function >= Function::add && function <= Function::fma);
}

double selection(Function function, double a, double b) {
  const bool nan_a = std::isnan(a), nan_b = std::isnan(b);
  switch (function) {
    case Function::min:
      return nan_a ? a : nan_b ? b : b < a ? b : a;
    case Function::max:
      return nan_a ? a : nan_b ? b : a < b ? b : a;
    case Function::fmin:
      return nan_a ? b : nan_b ? a : b < a ? b : a;
    case Function::fmax:
      return nan_a ? b : nan_b ? a : a < b ? b : a;
    case Function::min_fast:
      return a < b ? a : b;
    case Function::max_fast:
      return a > b ? a : b;
    case Function::neg:
      return -a;
    case Function::abs:
      return std::fabs(a);
    case Function::sign:
      return (0 < a) - (a < 0);
    case Function::floor:
      return std::floor(a);
    case Function::ceil:
      return std::ceil(a);
    case Function::trunc:
      return std::trunc(a);
    case Function::round:
      return std::nearbyint(a);
    default:
      HIDET_UNREACHABLE("{} of floats", name_of(function));
  }
}

double elementary(Function function, double a, double b) {
  switch (function) {
    case Function::rsqrt:
      return 1 / std::sqrt(a);
    case Function::exp:
    case Function::exp_nonpositive:
      return std::exp(a);
    case Function::exp2:
      return std::exp2(a);
    case Function::expm1:
      return std::expm1(a);
    case Function::log:
      return std::log(a);
    case Function::log2:
      return std::log2(a);
    case Function::log10:
      return std::log10(a);
    case Function::log1p:
      return std::log1p(a);
    case Function::sin:
      return std::sin(a);
    case Function::cos:
      return std::cos(a);
    case Function::tan:
      return std::tan(a);
    case Function::asin:
      return std::asin(a);
    case Function::acos:
      return std::acos(a);
    case Function::atan:
      return std::atan(a);
    case Function::atan2:
      return std::atan2(a, b);
    case Function::sinh:
      return std::sinh(a);
    case Function::cosh:
      return std::cosh(a);
    case Function::tanh:
      return std::tanh(a);
    case Function::asinh:
      return std::asinh(a);
    case Function::acosh:
      return std::acosh(a);
    case Function::atanh:
      return std::atanh(a);
    case Function::erf:
      return std::erf(a);
    case Function::erfc:
      return std::erfc(a);
    case Function::sigmoid:
      return a < 0 ? std::exp(a) / (1 + std::exp(a)) : 1 / (1 + std::exp(-a));
    case Function::gelu_erf:
      return a * 0.5 * std::erfc(-a * M_SQRT1_2);
    case Function::pow:
      return std::pow(a, b);
    default:
      HIDET_UNREACHABLE("{} of floats", name_of(function));
  }
}

std::optional<bool> predicate(Function function, double a, double b) {
  switch (function) {
    case Function::eq:
      return a == b;
    case Function::ne:
      return a != b;
    case Function::lt:
      return a < b;
    case Function::le:
      return a <= b;
    case Function::gt:
      return a > b;
    case Function::ge:
      return a >= b;
    case Function::logical_and:
      return a != 0 && b != 0;
    case Function::logical_or:
      return a != 0 || b != 0;
    case Function::logical_xor:
      return (a != 0) != (b != 0);
    case Function::logical_not:
      return a == 0;
    case Function::is_nan:
      return std::isnan(a);
    case Function::is_inf:
      return std::isinf(a);
    default:
      return std::nullopt;
  }
}

Scalar of_floats(Function function, DType dtype, double a, double b, double c) {
  if (auto value = predicate(function, a, b)) return Scalar::of(int64_t{*value});
  double result;
  if (is_elementary(function))
    result = elementary(function, a, b);
  else if (!is_arithmetic(function))
    result = selection(function, a, b);
  else if (dtype == DType::f64)
    result = arithmetic<double>(function, a, b, c);
  else
    result = arithmetic<float>(function, static_cast<float>(a), static_cast<float>(b),
                               static_cast<float>(c));
  return scalar_of(dtype, result);
}

// The function that combines two lanes, if it is one of lanes.
std::optional<Function> over_lanes(Function function) {
  switch (function) {
    case Function::sum_lanes:
      return Function::add;
    case Function::prod_lanes:
      return Function::mul;
    case Function::max_lanes:
      return Function::max;
    case Function::min_lanes:
      return Function::min;
    case Function::any_lanes:
      return Function::logical_or;
    case Function::all_lanes:
      return Function::logical_and;
    default:
      return std::nullopt;
  }
}

// Pairwise by halves: lane i with lane i + n / 2; the last of an odd number is taken along.
Scalar fold_lanes(Function function, DType dtype, std::span<const Scalar> args) {
  std::vector<Scalar> lanes(args.begin(), args.end());
  while (lanes.size() > 1) {
    const size_t half = lanes.size() / 2, odd = lanes.size() % 2;
    for (size_t i = 0; i < half; ++i) {
      const Scalar pair[] = {lanes[i], lanes[i + half]};
      lanes[i] = evaluate(function, dtype, pair);
    }
    if (odd) lanes[half] = lanes.back();
    lanes.resize(half + odd);
  }
  return lanes.at(0);
}

}  // namespace

Scalar scalar_of(DType dtype, double value) {
  if (is_floating(dtype)) return Scalar::of(round_float(dtype, value));
  return Scalar::of(wrap_integer(dtype, static_cast<int64_t>(value)));
}

double to_double(DType dtype, Scalar value) {
  if (is_floating(dtype)) return value.as_float();
  if (dtype == DType::u64) return static_cast<double>(value.bits);
  return static_cast<double>(value.as_int());
}

Scalar evaluate(Function function, DType operand, std::span<const Scalar> args) {
  if (auto combine = over_lanes(function)) return fold_lanes(*combine, operand, args);
  if (function == Function::where) return args[0].as_int() ? args[1] : args[2];
  if (function == Function::bits_to_float) {
    if (bits_of(operand) == 64) return Scalar{args[0].bits};
    return Scalar::of(double{std::bit_cast<float>(static_cast<int32_t>(args[0].as_int()))});
  }
  if (function == Function::float_to_bits) {
    if (operand == DType::f64) return Scalar{args[0].bits};
    return Scalar::of(int64_t{std::bit_cast<int32_t>(static_cast<float>(args[0].as_float()))});
  }
  if (is_floating(operand)) {
    const auto arg = [&](size_t i) { return i < args.size() ? args[i].as_float() : 0.0; };
    return of_floats(function, operand, arg(0), arg(1), arg(2));
  }
  std::vector<int64_t> integers;
  for (Scalar arg : args) integers.push_back(arg.as_int());
  const auto value = evaluate_integer(function, Type{operand}.dtype, integers);
  if (!value)
    throw InterpretError(
        hidet::format("{} of {} has no value", name_of(function), name_of(operand)));
  return Scalar::of(*value);
}

Scalar convert(DType from, DType to, Scalar value) {
  if (from == to) return value;
  if (!is_floating(from)) {
    if (!is_floating(to)) return Scalar::of(wrap_integer(to, value.as_int()));
    if (to == DType::f64) return Scalar::of(to_double(from, value));
    // One rounding to f32, as the processor does it.
    const float rounded =
        from == DType::u64 ? static_cast<float>(value.bits) : static_cast<float>(value.as_int());
    return scalar_of(to, rounded);
  }
  const double x = value.as_float();
  if (is_floating(to))
    return scalar_of(to, bits_of(to) == 16 ? static_cast<double>(static_cast<float>(x)) : x);
  if (to == DType::b8) return Scalar::of(int64_t{x != 0});
  if (to == DType::u64 && x >= 0x1p63 && x < 0x1p64) return Scalar{static_cast<uint64_t>(x)};
  const bool narrow = bits_of(to) < 32 || to == DType::i32;
  const double limit = narrow ? 0x1p31 : 0x1p63;
  // Out of range, the processor gives the smallest integer.
  if (!(x > -limit - 1 && x < limit))
    return Scalar::of(wrap_integer(to, narrow ? int64_t{INT32_MIN} : INT64_MIN));
  return Scalar::of(wrap_integer(to, static_cast<int64_t>(x)));
}

}  // namespace hidet
