// The conversions of the CUDA prelude in C++, compiled as they stand, against what rounding means.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>

#include "prelude/emulated_sections.h"

namespace hidet {
namespace {

struct Conversions {
  float (*from_half)(uint16_t);
  float (*from_bfloat16)(uint16_t);
  uint16_t (*to_half)(float);
  uint16_t (*to_bfloat16)(float);
  float (*to_tf32)(float);
  uint32_t (*pack)(uint16_t, uint16_t);
};

// Compiled once; kept open.
const Conversions& conversions() {
  static const Conversions made = [] {
    std::string folder = "/tmp/hidet_conversions_XXXXXX";
    if (!mkdtemp(folder.data())) throw std::runtime_error("no temporary folder");
    const std::string source = folder + "/conversions.cpp", object = folder + "/conversions.so";
    std::ofstream(source) << "typedef unsigned short uint16_t;\ntypedef unsigned uint32_t;\n"
                             "#define HIDET_INLINE static inline\n"
                          << emulated_types().text << R"(
extern "C" float from_half(uint16_t x) { return hidet_to_float(half_t{x}); }
extern "C" float from_bfloat16(uint16_t x) { return hidet_to_float(bfloat16_t{x}); }
extern "C" uint16_t to_half(float x) { return hidet_to_half(x).bits; }
extern "C" uint16_t to_bfloat16(float x) { return hidet_to_bfloat16(x).bits; }
extern "C" float to_tf32(float x) { return hidet_to_tf32(x); }
extern "C" uint32_t pack(uint16_t a, uint16_t b) {
  return hidet_pack(half_t{a}, half_t{b}) | hidet_pack(bfloat16_t{a}, bfloat16_t{b});
}
)";
    const std::string command =
        "g++ -std=c++20 -O1 -fPIC -shared -Wall -Wno-unused-function "
        "-Wno-parentheses -Werror -o " +
        object + " " + source;
    if (std::system(command.c_str()) != 0) throw std::runtime_error("the text does not compile");
    void* handle = dlopen(object.c_str(), RTLD_NOW);
    if (!handle) throw std::runtime_error(dlerror());
    std::system(("rm -r " + folder).c_str());
    Conversions found;
    const auto find = [&](const char* name, auto& function) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    };
    find("from_half", found.from_half);
    find("from_bfloat16", found.from_bfloat16);
    find("to_half", found.to_half);
    find("to_bfloat16", found.to_bfloat16);
    find("to_tf32", found.to_tf32);
    find("pack", found.pack);
    return found;
  }();
  return made;
}

TEST(EmulatedConversions, EveryHalfToFloat) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = conversions().from_half(static_cast<uint16_t>(bits));
    const int exponent = bits >> 10 & 31, fraction = bits & 0x3ff;
    double magnitude =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    if (exponent == 31) magnitude = INFINITY;
    if (exponent == 31 && fraction != 0) {
      ASSERT_EQ(std::bit_cast<uint32_t>(value), 0x7fffffffu) << bits;
      continue;
    }
    ASSERT_EQ(value, bits & 0x8000 ? -magnitude : magnitude) << bits;
    ASSERT_EQ(std::signbit(value), (bits & 0x8000) != 0) << bits;
    ASSERT_EQ(conversions().to_half(value), bits);
  }
}

TEST(EmulatedConversions, EveryBfloat16ToFloatAndBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = conversions().from_bfloat16(static_cast<uint16_t>(bits));
    ASSERT_EQ(std::bit_cast<uint32_t>(value), bits << 16);
    ASSERT_EQ(conversions().to_bfloat16(value), std::isnan(value) ? 0x7fff : bits);
  }
}

// The nearest of two neighbours, `fraction_bits` wide fractions down to 2^smallest; a tie goes to
// the even one, or away from zero. In long double every step is exact.
long double rounded(float x, int fraction_bits, int smallest, bool ties_to_even) {
  if (x == 0) return x;
  int exponent;
  std::frexp(x, &exponent);
  const int unit = std::max(exponent - 1 - fraction_bits, smallest);
  const long double scaled = std::ldexp(static_cast<long double>(x), -unit);
  const long double below = std::floor(scaled), rest = scaled - below;
  long double integer = rest < 0.5L ? below : below + 1;
  if (rest == 0.5L) {
    const bool takes_below = ties_to_even ? std::fmod(below, 2) == 0 : x < 0;
    integer = takes_below ? below : below + 1;
  }
  return std::ldexp(integer, unit);
}

void check(uint32_t bits) {
  const auto x = std::bit_cast<float>(bits);
  const uint16_t half = conversions().to_half(x), brain = conversions().to_bfloat16(x);
  const float tf32 = conversions().to_tf32(x);
  if (std::isnan(x)) {
    ASSERT_EQ(half, 0x7fff);
    ASSERT_EQ(brain, 0x7fff);
    ASSERT_EQ(std::bit_cast<uint32_t>(tf32), 0x7fffffffu);
    return;
  }
  const auto overflow = [&](long double value, long double largest) {
    return std::fabs(value) > largest ? std::copysign(INFINITY, x) : static_cast<float>(value);
  };
  if (std::isinf(x)) {
    ASSERT_EQ(conversions().from_half(half), x);
    ASSERT_EQ(conversions().from_bfloat16(brain), x);
    ASSERT_EQ(tf32, x);
    return;
  }
  ASSERT_EQ(conversions().from_half(half), overflow(rounded(x, 10, -24, true), 65504.0L)) << bits;
  ASSERT_EQ(std::signbit(x), half >> 15) << bits;
  ASSERT_EQ(conversions().from_bfloat16(brain), overflow(rounded(x, 7, -133, true), 3.39e38L))
      << bits;
  ASSERT_EQ(std::signbit(x), brain >> 15) << bits;
  ASSERT_EQ(tf32, overflow(rounded(x, 10, -136, false), 3.4028e38L)) << bits;
  ASSERT_EQ(std::bit_cast<uint32_t>(tf32) & 0x1fff, 0u) << bits;
}

TEST(EmulatedConversions, FloatsAroundEveryRoundingPoint) {
  // Every sign and exponent, with fractions at and beside the ties of both types.
  for (uint32_t head = 0; head < 0x200; ++head)
    for (uint32_t high : {0u, 1u, 2u, 3u, 0x154u, 0x155u, 0x3feu, 0x3ffu})
      for (uint32_t low = 0; low < 0x2000; low += low < 4 || low > 0x1ffa ? 1 : 0x3fd)
        ASSERT_NO_FATAL_FAILURE(check(head << 23 | high << 13 | low));
  for (uint32_t head = 0; head < 0x10000; ++head)
    for (uint32_t low : {0u, 1u, 0x7fffu, 0x8000u, 0x8001u, 0x0fffu, 0x1000u, 0x1001u, 0xffffu})
      ASSERT_NO_FATAL_FAILURE(check(head << 16 | low));
}

TEST(EmulatedConversions, RandomFloats) {
  std::mt19937 random(7);
  for (int i = 0; i < 500000; ++i) ASSERT_NO_FATAL_FAILURE(check(static_cast<uint32_t>(random())));
}

TEST(EmulatedConversions, PairsInARegister) {
  EXPECT_EQ(conversions().pack(0x1234, 0xfedc), 0xfedc1234u);
}

}  // namespace
}  // namespace hidet
