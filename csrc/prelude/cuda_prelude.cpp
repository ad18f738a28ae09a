#include "prelude/cuda_prelude.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace hidet {

namespace {

enum class Numbers { any, floating, integer };

// $S: the type; $V: the vector of it; $NAME: the helper; $f: the suffix of CUDA's functions of
// float; $other: that helper.
struct Helper {
  std::string_view name;
  Numbers numbers;
  std::string_view text;
};

constexpr auto kHelpers = std::to_array<Helper>({
    {"fma", Numbers::floating, "$S $NAME($S a, $S b, $S c) { return fma$f(a, b, c); }"},
    {"fma", Numbers::integer, "$S $NAME($S a, $S b, $S c) { return a * b + c; }"},
    // A NaN of b is kept, one of a is not: as min_fast and max_fast say.
    {"max", Numbers::any, "$S $NAME($S a, $S b) { return a > b ? a : b; }"},
    {"min", Numbers::any, "$S $NAME($S a, $S b) { return a < b ? a : b; }"},
    {"sqrt", Numbers::floating, "$S $NAME($S x) { return sqrt$f(x); }"},
    {"abs", Numbers::floating, "$S $NAME($S x) { return fabs$f(x); }"},
    {"abs", Numbers::integer, "$S $NAME($S x) { return ($S)(x < 0 ? -x : x); }"},
    {"round", Numbers::floating, "$S $NAME($S x) { return rint$f(x); }"},
    {"floor", Numbers::floating, "$S $NAME($S x) { return floor$f(x); }"},
    {"ceil", Numbers::floating, "$S $NAME($S x) { return ceil$f(x); }"},
    {"trunc", Numbers::floating, "$S $NAME($S x) { return trunc$f(x); }"},
    {"floordiv", Numbers::integer,
     "$S $NAME($S a, $S b) { return ($S)(a / b - (a % b != 0 && (a ^ b) < 0)); }"},
    {"mod", Numbers::integer,
     "$S $NAME($S a, $S b) {\n"
     "  const $S r = ($S)(a % b);\n"
     "  return r != 0 && (r ^ b) < 0 ? ($S)(r + b) : r;\n}"},
    {"fmod", Numbers::floating, "$S $NAME($S a, $S b) { return fmod$f(a, b); }"},
    {"mod", Numbers::floating,
     "$S $NAME($S a, $S b) {\n"
     "  const $S m = $fmod(a, b);\n"
     "  return m != 0 && (b < 0) != (m < 0) ? m + b : m;\n}"},
    // The quotient of what the remainder leaves, so that it fits to it; a zero has the sign of a /
    // b.
    {"floordiv", Numbers::floating,
     "$S $NAME($S a, $S b) {\n"
     "  const $S m = $fmod(a, b);\n"
     "  $S d = (a - m) / b;\n"
     "  d = m != 0 && (b < 0) != (m < 0) ? d - 1 : d;\n"
     "  $S f = $floor(d);\n"
     "  f = d - f > 0.5f ? f + 1 : f;\n"
     "  f = d == 0 ? a / b * 0 : f;\n"
     "  return b == 0 ? a / b : f;\n}"},
    // Without a status word nobody would hear of it: the launch fails.
    {"report", Numbers::any,
     "void $NAME(int32_t* status, int32_t code) {\n"
     "  if (status == nullptr) __trap();\n"
     "  atomicOr(status, code);\n}"},
    {"load", Numbers::any, "$V $NAME(const $S* from) { return *(const $V*)from; }"},
    {"store", Numbers::any, "void $NAME($S* to, $V value) { *($V*)to = value; }"},
    {"broadcast", Numbers::any,
     "$V $NAME($S value) {\n"
     "  $V result;\n"
     "  for (int i = 0; i < $N; ++i) result.x[i] = value;\n"
     "  return result;\n}"},
    {"f32_from_bf16", Numbers::any,
     "float $NAME(uint16_t x) { return hidet_to_float(bfloat16_t{x}); }"},
    {"bf16_from_f32", Numbers::any,
     "uint16_t $NAME(float x) { return hidet_to_bfloat16(x).bits; }"},
    {"f32_from_f16", Numbers::any, "float $NAME(uint16_t x) { return hidet_to_float(half_t{x}); }"},
    {"f16_from_f32", Numbers::any, "uint16_t $NAME(float x) { return hidet_to_half(x).bits; }"},
});

// Operands of a function of double that CUDA has; 0 for other names.
int library_arity(std::string_view name) {
  constexpr auto kUnary = std::to_array<std::string_view>(
      {"exp",  "exp2", "expm1", "log",  "log2", "log10", "log1p", "sin",   "cos", "tan", "asin",
       "acos", "atan", "sinh",  "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc"});
  if (std::ranges::count(kUnary, name)) return 1;
  return name == "atan2" || name == "pow" ? 2 : 0;
}

std::string body_of(std::string_view name, DType dtype) {
  if (const int arity = library_arity(name))
    return arity == 1 ? hidet::format("$S $NAME($S x) {{ return {}(x); }}", name)
                      : hidet::format("$S $NAME($S x, $S y) {{ return {}(x, y); }}", name);
  for (const Helper& helper : kHelpers) {
    const bool fits = helper.numbers == Numbers::any ||
                      (helper.numbers == Numbers::floating) == is_floating(dtype);
    if (helper.name == name && fits) return std::string(helper.text);
  }
  HIDET_UNREACHABLE("the CUDA prelude has no {} of {}", name, name_of(dtype));
}

}  // namespace

std::string CudaPrelude::type(DType dtype, int lanes) {
  const std::string scalar(spelled(dtype));
  return lanes == 1 ? scalar : hidet::format("vec<{}, {}>", scalar, lanes);
}

std::string CudaPrelude::function(std::string_view name, DType dtype, int lanes) {
  const std::string scalar = type(dtype);
  // Conversions carry their types in their name: f32_from_bf16.
  std::string full(name);
  if (name.find("_from_") == name.npos) full += hidet::format("_{}", name_of(dtype));
  if (lanes > 1) full += hidet::format("x{}", lanes);
  if (!declared_.insert(full).second) return full;
  std::string text;
  std::string_view rest;
  const std::string body = body_of(name, dtype);
  for (rest = body; !rest.empty();) {
    const size_t mark = rest.find('$');
    text += rest.substr(0, mark);
    if (mark == rest.npos) break;
    rest.remove_prefix(mark + 1);
    size_t length = 0;
    while (length < rest.size() && std::isalpha(static_cast<unsigned char>(rest[length]))) ++length;
    const std::string_view key = rest.substr(0, length);
    rest.remove_prefix(length);
    if (key == "S") {
      text += scalar;
    } else if (key == "V") {
      text += type(dtype, lanes);
    } else if (key == "N") {
      text += hidet::format("{}", lanes);
    } else if (key == "NAME") {
      text += full;
    } else if (key == "f") {
      text += dtype == DType::f64 ? "" : "f";
    } else {
      text += function(key, dtype);
    }
  }
  functions_ += "static __device__ __forceinline__ " + text + "\n";
  return full;
}

std::string CudaPrelude::not_finite(double value, DType dtype) {
  const bool nan = std::isnan(value);
  const std::string sign = !nan && value < 0 ? "-" : "";
  if (dtype == DType::f64)
    return hidet::format("{}__longlong_as_double(0x{}000000000000)", sign, nan ? "7ff8" : "7ff0");
  return hidet::format("{}__uint_as_float(0x{}0000u)", sign, nan ? "7fc0" : "7f80");
}

std::string CudaPrelude::same_bits(DType to, DType from, const std::string& value) {
  if (to == DType::f32) return hidet::format("__uint_as_float((uint32_t)({}))", value);
  if (to == DType::f64) return hidet::format("__longlong_as_double({})", value);
  if (from == DType::f32) return hidet::format("(int32_t)__float_as_uint({})", value);
  HIDET_ASSERT(from == DType::f64, "the bits of {}", name_of(from));
  return hidet::format("(int64_t)__double_as_longlong({})", value);
}

}  // namespace hidet
