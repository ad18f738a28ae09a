#include "prelude/cpu_helpers.h"

namespace hidet {

const std::vector<Helper>& helpers() {
  using enum HelperKind;
  static const std::vector<Helper> table = {
      // Accesses. p: the first lane's element.
      {"load", vector, Numbers::any,
       "INLINE $V $NAME(const $S* p) { return *(const $Unaligned*)p; }\n"},
      {"store", vector, Numbers::any, "INLINE void $NAME($S* p, $V x) { *($Unaligned*)p = x; }\n"},
      {"broadcast", vector, Numbers::any, "INLINE $V $NAME($S x) { return x - ($V){}; }\n"},
      // The first n lanes; the others read as zero and are not written.
      {"load_first", vector, Numbers::any,
       "INLINE $V $NAME(const $S* p, $Size n) {\n"
       "  $S x[$L] = {};\n"
       "  for ($Size l = 0; l < n; ++l) x[l] = p[l];\n"
       "  return $load(x);\n}\n"},
      {"store_first", vector, Numbers::any,
       "INLINE void $NAME($S* p, $V x, $Size n) {\n"
       "  for ($Size l = 0; l < n; ++l) p[l] = x[l];\n}\n"},
      // The lanes whose mask is -1.
      {"load_masked", vector, Numbers::any,
       "INLINE $V $NAME(const $S* p, $I mask) {\n"
       "  $V x;\n"
       "  for (int l = 0; l < $L; ++l) x[l] = mask[l] ? p[l] : ($S)0;\n"
       "  return x;\n}\n"},
      {"store_masked", vector, Numbers::any,
       "INLINE void $NAME($S* p, $V x, $I mask) {\n"
       "  for (int l = 0; l < $L; ++l)\n"
       "    if (mask[l]) p[l] = x[l];\n}\n"},
      {"load_strided", vector, Numbers::any,
       "INLINE $V $NAME(const $S* p, $Size stride) {\n"
       "  $V x;\n"
       "  for (int l = 0; l < $L; ++l) x[l] = p[l * stride];\n"
       "  return x;\n}\n"},
      {"store_strided", vector, Numbers::any,
       "INLINE void $NAME($S* p, $V x, $Size stride) {\n"
       "  for (int l = 0; l < $L; ++l) p[l * stride] = x[l];\n}\n"},
      {"gather", vector, Numbers::any,
       "INLINE $V $NAME(const $S* p, $Index index) {\n"
       "  $V x;\n"
       "  for (int l = 0; l < $L; ++l) x[l] = p[index[l]];\n"
       "  return x;\n}\n"},
      {"scatter", vector, Numbers::any,
       "INLINE void $NAME($S* p, $V x, $Index index) {\n"
       "  for (int l = 0; l < $L; ++l) p[index[l]] = x[l];\n}\n"},
      {"gather_masked", vector, Numbers::any,
       "INLINE $V $NAME(const $S* p, $Index index, $I mask, $V otherwise) {\n"
       "  $V x;\n"
       "  for (int l = 0; l < $L; ++l) x[l] = mask[l] ? p[index[l]] : otherwise[l];\n"
       "  return x;\n}\n"},
      {"scatter_masked", vector, Numbers::any,
       "INLINE void $NAME($S* p, $V x, $Index index, $I mask) {\n"
       "  for (int l = 0; l < $L; ++l)\n"
       "    if (mask[l]) p[index[l]] = x[l];\n}\n"},

      // Halves of a vector.
      {"low", vector, Numbers::any,
       "INLINE $H $NAME($V x) { return __builtin_shufflevector(x, x$lowest); }\n"},
      {"high", vector, Numbers::any,
       "INLINE $H $NAME($V x) { return __builtin_shufflevector(x, x$highest); }\n"},
      {"join", vector, Numbers::any,
       "INLINE $V $NAME($H a, $H b) { return __builtin_shufflevector(a, b$all); }\n"},

      // Lanes into one, by halves.
      {"sum_lanes", pair, Numbers::any, "INLINE $S $NAME($V x) { return ($S)(x[0] + x[1]); }\n"},
      {"sum_lanes", vector, Numbers::any,
       "INLINE $S $NAME($V x) { return $half($low(x) + $high(x)); }\n"},
      {"prod_lanes", pair, Numbers::any, "INLINE $S $NAME($V x) { return ($S)(x[0] * x[1]); }\n"},
      {"prod_lanes", vector, Numbers::any,
       "INLINE $S $NAME($V x) { return $half($low(x) * $high(x)); }\n"},
      // A NaN wins: one in a is kept by the first test, one in b by the second.
      {"max_lanes", pair, Numbers::any,
       "INLINE $S $NAME($V x) { return x[0] != x[0] ? x[0] : x[0] > x[1] ? x[0] : x[1]; }\n"},
      {"max_lanes", vector, Numbers::any,
       "INLINE $S $NAME($V x) {\n"
       "  $H a = $low(x), b = $high(x), c = a > b ? a : b;\n"
       "  return $half(a != a ? a : c);\n}\n"},
      {"min_lanes", pair, Numbers::any,
       "INLINE $S $NAME($V x) { return x[0] != x[0] ? x[0] : x[0] < x[1] ? x[0] : x[1]; }\n"},
      {"min_lanes", vector, Numbers::any,
       "INLINE $S $NAME($V x) {\n"
       "  $H a = $low(x), b = $high(x), c = a < b ? a : b;\n"
       "  return $half(a != a ? a : c);\n}\n"},
      {"any_lanes", pair, Numbers::integer, "INLINE bool $NAME($V x) { return x[0] | x[1]; }\n"},
      {"any_lanes", vector, Numbers::integer,
       "INLINE bool $NAME($V x) { return $half($low(x) | $high(x)); }\n"},
      {"all_lanes", pair, Numbers::integer, "INLINE bool $NAME($V x) { return x[0] & x[1]; }\n"},
      {"all_lanes", vector, Numbers::integer,
       "INLINE bool $NAME($V x) { return $half($low(x) & $high(x)); }\n"},

      // Arithmetic.
      // Without the instruction: f32 through f64, where the product is exact and the second
      // rounding
      // is all that may differ.
      {"fma", scalar, Numbers::floating, "INLINE $S $NAME($S a, $S b, $S c) { return $fused; }\n"},
      {"fma", vector, Numbers::floating,
       "INLINE $V $NAME($V a, $V b, $V c) {\n"
       "  for (int l = 0; l < $L; ++l) c[l] = $scalar_fma(a[l], b[l], c[l]);\n"
       "  return c;\n}\n"},
      {"fma", any, Numbers::integer, "INLINE $V $NAME($V a, $V b, $V c) { return a * b + c; }\n"},
      // The comparison and the choice are one instruction, which keeps a NaN of b only.
      {"max", any, Numbers::any, "INLINE $V $NAME($V a, $V b) { return a > b ? a : b; }\n"},
      {"min", any, Numbers::any, "INLINE $V $NAME($V a, $V b) { return a < b ? a : b; }\n"},
      {"sqrt", scalar, Numbers::floating,
       "INLINE $S $NAME($S x) { return __builtin_sqrt$suffix(x); }\n"},
      {"sqrt", vector, Numbers::floating,
       "INLINE $V $NAME($V x) {\n"
       "  for (int l = 0; l < $L; ++l) x[l] = __builtin_sqrt$suffix(x[l]);\n"
       "  return x;\n}\n"},
      {"abs", scalar, Numbers::floating, "INLINE $S $NAME($S x) { return $abs(x); }\n"},
      {"abs", vector, Numbers::floating,
       "INLINE $V $NAME($V x) { return ($V)(($I)x & $exponent_bits); }\n"},
      {"abs", any, Numbers::integer, "INLINE $V $NAME($V x) { return x < 0 ? -x : x; }\n"},
      // Half to even: adding 2^23 (2^52) leaves no room for a fraction. A zero keeps the sign of x.
      {"round", any, Numbers::floating,
       "INLINE $V $NAME($V x) {\n"
       "  $V magic = x < 0 ? $V{} - $integral : $V{} + $integral, y = (x + magic) - magic;\n"
       "  y = y == 0 ? x * 0 : y;\n"
       "  return (x < $integral) & (x > -$integral) ? y : x;\n}\n"},
      {"floor", any, Numbers::floating,
       "INLINE $V $NAME($V x) {\n"
       "  $V y = $round(x);\n"
       "  return y > x ? y - 1 : y;\n}\n"},
      {"ceil", any, Numbers::floating,
       "INLINE $V $NAME($V x) {\n"
       "  $V y = $round(x), z = y < x ? y + 1 : y;\n"
       "  return z == 0 ? x * 0 : z;\n}\n"},
      {"trunc", any, Numbers::floating,
       "INLINE $V $NAME($V x) { return x < 0 ? $ceil(x) : $floor(x); }\n"},

      // Quotients to minus infinity, remainders with the divisor's sign.
      {"floordiv", scalar, Numbers::integer,
       "INLINE $S $NAME($S a, $S b) { return ($S)(a / b - (a % b != 0 && (a ^ b) < 0)); }\n"},
      {"floordiv", vector, Numbers::integer,
       "INLINE $V $NAME($V a, $V b) { return a / b + ($V)((a % b != 0) & ((a ^ b) < 0)); }\n"},
      {"mod", scalar, Numbers::integer,
       "INLINE $S $NAME($S a, $S b) {\n"
       "  $S r = ($S)(a % b);\n"
       "  return r != 0 && (r ^ b) < 0 ? ($S)(r + b) : r;\n}\n"},
      {"mod", vector, Numbers::integer,
       "INLINE $V $NAME($V a, $V b) {\n"
       "  $V r = a % b;\n"
       "  return r + (($V)((r != 0) & ((r ^ b) < 0)) & b);\n}\n"},

      {"mod", any, Numbers::floating,
       "INLINE $V $NAME($V a, $V b) {\n"
       "  $V m = $fmod(a, b);\n"
       "  return (m != 0) & ((b < 0) != (m < 0)) ? m + b : m;\n}\n"},
      // The quotient of what the remainder leaves, so that it fits to it; a zero has the sign of a
      // / b.
      {"floordiv", any, Numbers::floating,
       "INLINE $V $NAME($V a, $V b) {\n"
       "  $V m = $fmod(a, b), d = (a - m) / b;\n"
       "  d = (m != 0) & ((b < 0) != (m < 0)) ? d - 1 : d;\n"
       "  $V f = $floor(d);\n"
       "  f = d - f > 0.5f ? f + 1 : f;\n"
       "  f = d == 0 ? a / b * 0 : f;\n"
       "  return b == 0 ? a / b : f;\n}\n"},

      // 16-bit floats as their bits. $U32(x) widens without change of value.
      {"f32_from_bf16", scalar, Numbers::any,
       "INLINE float $NAME($U16 x) { return __builtin_bit_cast(float, ($U32)x << 16); }\n"},
      {"f32_from_bf16", vector, Numbers::any,
       "INLINE $F $NAME($U16 x) { return ($F)(__builtin_convertvector(x, $U32) << 16); }\n"},
      {"bf16_from_f32", scalar, Numbers::any,
       "INLINE $U16 $NAME(float x) {\n"
       "  $U32 u = __builtin_bit_cast($U32, x);\n"
       "  return ($U16)(x != x ? 0x7fc0u : (u + 0x7fffu + (u >> 16 & 1u)) >> 16);\n}\n"},
      {"bf16_from_f32", vector, Numbers::any,
       "INLINE $U16 $NAME($F x) {\n"
       "  $U32 u = ($U32)x, r = (u + 0x7fffu + (u >> 16 & 1u)) >> 16;\n"
       "  return __builtin_convertvector(x != x ? r - r + 0x7fc0u : r, $U16);\n}\n"},
      {"f32_from_f16", scalar, Numbers::any,
       "INLINE float $NAME($U16 x) {\n"
       "  $U32 e = ($U32)(x & 0x7fffu) << 13;\n"
       "  $U32 r = __builtin_bit_cast($U32, __builtin_bit_cast(float, e) * 0x1p112f);\n"
       "  r = e >= 0x0f800000u ? e | 0x7f800000u : r;\n"
       "  return __builtin_bit_cast(float, r | ($U32)(x & 0x8000u) << 16);\n}\n"},
      {"f32_from_f16", vector, Numbers::any,
       "INLINE $F $NAME($U16 x) {\n"
       "  $U32 h = __builtin_convertvector(x, $U32), e = (h & 0x7fffu) << 13;\n"
       "  $U32 r = ($U32)(($F)e * 0x1p112f);\n"
       "  r = e >= 0x0f800000u ? e | 0x7f800000u : r;\n"
       "  return ($F)(r | (h & 0x8000u) << 16);\n}\n"},
      // To nearest even; below 2^-14 the addition of 0.5 rounds at the right place.
      {"f16_from_f32", scalar, Numbers::any,
       "INLINE $U16 $NAME(float x) {\n"
       "  $U32 u = __builtin_bit_cast($U32, x), s = u >> 16 & 0x8000u;\n"
       "  u &= 0x7fffffffu;\n"
       "  $U32 small = __builtin_bit_cast($U32, __builtin_bit_cast(float, u) + 0.5f) - "
       "0x3f000000u;\n"
       "  $U32 normal = (u + 0xc8000fffu + (u >> 13 & 1u)) >> 13;\n"
       "  $U32 large = u > 0x7f800000u ? 0x7e00u : 0x7c00u;\n"
       "  return ($U16)(s | (u >= 0x47800000u ? large : u < 0x38800000u ? small : normal));\n}\n"},
      {"f16_from_f32", vector, Numbers::any,
       "INLINE $U16 $NAME($F x) {\n"
       "  $U32 u = ($U32)x, s = u >> 16 & 0x8000u, zero = {};\n"
       "  u &= 0x7fffffffu;\n"
       "  $U32 small = ($U32)(($F)u + 0.5f) - 0x3f000000u;\n"
       "  $U32 normal = (u + 0xc8000fffu + (u >> 13 & 1u)) >> 13;\n"
       "  $U32 large = u > 0x7f800000u ? zero + 0x7e00u : zero + 0x7c00u;\n"
       "  $U32 finite = u < 0x38800000u ? small : normal;\n"
       "  return __builtin_convertvector(s | (u >= 0x47800000u ? large : finite), $U16);\n}\n"},
  };
  return table;
}

const std::vector<HalvedHelper>& halved_helpers() {
  static const std::vector<HalvedHelper> table = {
      {"fma",
       "INLINE $V $NAME($V a, $V b, $V c) {\n"
       "  return $join($half($low(a), $low(b), $low(c)), $half($high(a), $high(b), "
       "$high(c)));\n}\n"},
      {"sqrt", "INLINE $V $NAME($V x) { return $join($half($low(x)), $half($high(x))); }\n"},
  };
  return table;
}

}  // namespace hidet
