// Types and their conversions, as cuda_types.cpp has them, in C++.
#include "prelude/emulated_sections.h"

namespace hidet {

const CudaSection& emulated_types() {
  // A NaN becomes the one that the GPU makes: all bits but the sign.
  static const CudaSection section = {{}, R"(
struct half_t { uint16_t bits; };
struct bfloat16_t { uint16_t bits; };

HIDET_INLINE uint32_t hidet_bits(float x) { return __builtin_bit_cast(uint32_t, x); }
HIDET_INLINE float hidet_float(uint32_t bits) { return __builtin_bit_cast(float, bits); }

// A product with 2^112 moves the exponent's bias from 15 to 127, of subnormals as well.
HIDET_INLINE float hidet_to_float(half_t x) {
  const uint32_t magnitude = (x.bits & 0x7fffu) << 13, sign = (x.bits & 0x8000u) << 16;
  if (magnitude > 0x0f800000u) return hidet_float(0x7fffffffu);
  if (magnitude == 0x0f800000u) return hidet_float(sign | 0x7f800000u);
  return hidet_float(sign | hidet_bits(hidet_float(magnitude) * 0x1p112f));
}
HIDET_INLINE float hidet_to_float(bfloat16_t x) {
  return hidet_float(static_cast<uint32_t>(x.bits) << 16);
}
// Below 2^-14 the result counts 2^-24: so do the bits of what is added to 0.5.
HIDET_INLINE half_t hidet_to_half(float x) {
  const uint32_t bits = hidet_bits(x), magnitude = bits & 0x7fffffffu;
  uint32_t half = 0;
  if (magnitude > 0x7f800000u) return half_t{0x7fff};
  if (magnitude >= 0x477ff000u) {
    half = 0x7c00;
  } else if (magnitude < 0x38800000u) {
    half = hidet_bits(hidet_float(magnitude) + 0.5f) - 0x3f000000u;
  } else {
    half = (magnitude + 0xfffu + (magnitude >> 13 & 1) - 0x38000000u) >> 13;
  }
  return half_t{static_cast<uint16_t>(bits >> 16 & 0x8000u | half)};
}
HIDET_INLINE bfloat16_t hidet_to_bfloat16(float x) {
  const uint32_t bits = hidet_bits(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return bfloat16_t{0x7fff};
  return bfloat16_t{static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1)) >> 16)};
}
// The nearest number of 10 bits of fraction; of two, the larger magnitude.
HIDET_INLINE float hidet_to_tf32(float x) {
  const uint32_t bits = hidet_bits(x), magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return hidet_float(0x7fffffffu);
  if (magnitude == 0x7f800000u) return x;
  return hidet_float((bits + 0x1000u) & 0xffffe000u);
}
HIDET_INLINE uint32_t hidet_pack(half_t lo, half_t hi) {
  return static_cast<uint32_t>(hi.bits) << 16 | lo.bits;
}
HIDET_INLINE uint32_t hidet_pack(bfloat16_t lo, bfloat16_t hi) {
  return static_cast<uint32_t>(hi.bits) << 16 | lo.bits;
}
)"};
  return section;
}

}  // namespace hidet
