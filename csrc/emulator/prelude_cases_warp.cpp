// Cases of what a warp does as one: products, loads of their operands, exchanges, votes.
#include "emulator/prelude_cases.h"

namespace hidet {

namespace {

// Registers of small integers: their products and sums are exact. In `in`: those of each thread.
PreludeCase product_case(const std::string& atom, const std::string& to_operand, bool is_packed) {
  const int elements_a = is_packed ? 8 : 4, elements_b = is_packed ? 4 : 2;
  const auto fill = [&](const char* registers, int elements, int offset) {
    const std::string at = hidet::format("p[{} + ", offset);
    return is_packed ? hidet::format(
                           "  for (int i = 0; i < {}; ++i)\n    {}[i] = hidet_pack({}({}2 "
                           "* i]), {}({}2 * i + 1]));\n",
                           elements / 2, registers, to_operand, at, to_operand, at)
                     : hidet::format(
                           "  for (int i = 0; i < {}; ++i)\n    {}[i] = "
                           "__float_as_uint({}({}i]));\n",
                           elements, registers, to_operand, at);
  };
  const int count = elements_a + elements_b + 4;
  const std::string name = "mma_" + atom;
  const std::string statements =
      hidet::format(
          "  const signed char* p = in + t * {};\n  uint32_t a[4], b[2];\n  float d[4];\n", count) +
      fill("a", elements_a, 0) + fill("b", elements_b, elements_a) +
      hidet::format(
          "  for (int i = 0; i < 4; ++i) d[i] = p[{} + i];\n"
          "  hidet_mma_{}(d, a, b);\n"
          "  for (int i = 0; i < 4; ++i) out[t * 4 + i] = d[i];\n",
          elements_a + elements_b, atom);
  return {.name = name,
          .text = case_text(name, "signed char", "float", 32, statements),
          .input = case_bytes(static_cast<size_t>(count) * 32, -9, 10),
          .output_bytes = 512};
}

PreludeCase load_case(int count, bool transpose) {
  const std::string name = hidet::format("ldmatrix_x{}{}", count, transpose ? "_trans" : "");
  // The lanes' rows are not in order.
  const std::string statements = hidet::format(
      "  uint32_t* words = (uint32_t*)shared;\n"
      "  for (int i = 0; i < 4; ++i) words[t * 4 + i] = in[t * 4 + i];\n"
      "  __syncwarp();\n"
      "  uint32_t r[4] = {{}};\n"
      "  hidet_{}(r, shared + t * 11 % 32 * 16);\n"
      "  for (int i = 0; i < 4; ++i) out[t * 4 + i] = r[i];\n",
      name);
  return {.name = name,
          .text = case_text(name, "uint32_t", "uint32_t", 32, statements),
          .shared_bytes = 512,
          .input = case_bytes(512),
          .output_bytes = 512};
}

}  // namespace

std::vector<PreludeCase> warp_cases() {
  std::vector<PreludeCase> cases = {
      product_case("m16n8k16_bf16", "hidet_to_bfloat16", true),
      product_case("m16n8k16_f16", "hidet_to_half", true),
      product_case("m16n8k8_tf32", "hidet_to_tf32", false),
  };
  for (const int count : {1, 2, 4})
    for (const bool transpose : {false, true}) cases.push_back(load_case(count, transpose));
  const auto add = [&](const std::string& name, const std::string& statements, int words, int sm) {
    cases.push_back({.name = name,
                     .text = case_text(name, "uint32_t", "uint32_t", 64, statements),
                     .sm = sm,
                     .threads = 64,
                     .input = case_bytes(256),
                     .output_bytes = words * 4});
  };
  add("exchanges",
      "  const uint32_t x = in[t];\n"
      "  out[t] = __shfl_xor_sync(0xffffffffu, x, 5);\n"
      "  out[64 + t] = __shfl_up_sync(0xffffffffu, x, 3);\n"
      "  out[128 + t] = __shfl_down_sync(0xffffffffu, x, 7);\n"
      "  out[192 + t] = __shfl_sync(0xffffffffu, x, x & 31);\n",
      256, 80);
  add("votes",
      "  const int x = in[t] & 1;\n"
      "  out[t] = __ballot_sync(0xffffffffu, x);\n"
      "  out[64 + t] = (__any_sync(0xffffffffu, x) != 0) + 2 * (__all_sync(0xffffffffu, x) != "
      "0);\n",
      128, 80);
  // Which lane it is, the hardware does not say.
  add("elect_one", "  out[t] = __popc(__ballot_sync(0xffffffffu, hidet_elect_one()));\n", 64, 90);
  add("prefetch_l2", "  hidet_prefetch_l2(in + t);\n  out[t] = in[t];\n", 64, 80);
  return cases;
}

}  // namespace hidet
