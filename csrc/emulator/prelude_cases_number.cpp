// Cases of conversions.
#include <cstring>

#include "emulator/prelude_cases.h"

namespace hidet {

namespace {

constexpr int kThreads = 256;

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

std::string every_16_bits() {
  std::string bytes;
  for (uint32_t i = 0; i < 0x10000; ++i) append(bytes, static_cast<uint16_t>(i));
  return bytes;
}

// Every sign and exponent, with fractions at and beside the ties of all 16-bit types and of tf32.
std::string floats_around_ties() {
  std::string bytes;
  for (uint32_t head = 0; head < 0x200; ++head)
    for (const uint32_t fraction :
         {0x000000u, 0x000001u, 0x000fffu, 0x001000u, 0x001001u, 0x002000u, 0x003000u, 0x007fffu,
          0x008000u, 0x008001u, 0x010000u, 0x018000u, 0x2aaaaau, 0x555000u, 0x7ff000u, 0x7fffffu})
      append(bytes, head << 23 | fraction);
  return bytes;
}

}  // namespace

std::vector<PreludeCase> number_cases() {
  std::vector<PreludeCase> cases;
  const auto add = [&](const std::string& name, const char* from, const char* to,
                       const char* expression, std::string input, size_t from_bytes,
                       size_t to_bytes) {
    const size_t count = input.size() / from_bytes;
    cases.push_back(
        {.name = name,
         .text = case_text(name, from, to, kThreads,
                           hidet::format("  for (int i = t; i < {}; i += {}) out[i] = {};\n", count,
                                         kThreads, expression)),
         .threads = kThreads,
         .input = std::move(input),
         .output_bytes = static_cast<int64_t>(count * to_bytes)});
  };
  add("half_to_float", "half_t", "float", "hidet_to_float(in[i])", every_16_bits(), 2, 4);
  add("bfloat16_to_float", "bfloat16_t", "float", "hidet_to_float(in[i])", every_16_bits(), 2, 4);
  add("float_to_half", "float", "half_t", "hidet_to_half(in[i])", floats_around_ties(), 4, 2);
  add("float_to_bfloat16", "float", "bfloat16_t", "hidet_to_bfloat16(in[i])", floats_around_ties(),
      4, 2);
  add("float_to_tf32", "float", "float", "hidet_to_tf32(in[i])", floats_around_ties(), 4, 4);
  for (const char* type : {"half_t", "bfloat16_t"})
    add(hidet::format("pack_{}", type), type, "uint32_t", "hidet_pack(in[i], in[i ^ 1])",
        case_bytes(1024), 2, 4);
  return cases;
}

}  // namespace hidet
