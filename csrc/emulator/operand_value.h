// operand_value: the number that an operand of a matrix unit is, from its bits.
#pragma once

#include <bit>
#include <cstdint>

namespace hidet {

inline float value_of_bf16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

inline float value_of_f16(uint16_t bits) {
  // The exponent's bias grows from 15 to 127; subnormals become normal in the product.
  const uint32_t magnitude = static_cast<uint32_t>(bits & 0x7fff) << 13;
  const float scaled = std::bit_cast<float>(magnitude) * 0x1p112f;
  uint32_t result = std::bit_cast<uint32_t>(scaled);
  if (magnitude >= 0x0f800000u) result = magnitude > 0x0f800000u ? 0x7fffffffu : 0x7f800000u;
  // A NaN has no sign.
  const uint32_t sign = result > 0x7f800000u ? 0 : static_cast<uint32_t>(bits & 0x8000) << 16;
  return std::bit_cast<float>(result | sign);
}

// The matrix units do not see the low 13 bits.
inline float value_of_tf32(uint32_t bits) {
  return std::bit_cast<float>(bits & 0xffffe000u);
}

}  // namespace hidet
