#include "prelude/cuda_emulated_instructions.h"

namespace hidet {

std::string cuda_emulated_instructions(std::string_view) {
  return R"(
struct half_t { uint16_t bits; };
struct bfloat16_t { uint16_t bits; };
static inline float hidet_to_float(half_t x) { return __builtin_bit_cast(_Float16, x.bits); }
static inline float hidet_to_float(bfloat16_t x) { return __uint_as_float((uint32_t)x.bits << 16); }
static inline half_t hidet_to_half(float x) {
  return half_t{__builtin_bit_cast(uint16_t, static_cast<_Float16>(x))};
}
static inline bfloat16_t hidet_to_bfloat16(float x) {
  const uint32_t bits = __float_as_uint(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return bfloat16_t{0x7fff};
  return bfloat16_t{(uint16_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16)};
}
)";
}

}  // namespace hidet
