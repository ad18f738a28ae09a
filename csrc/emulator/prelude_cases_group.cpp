// Cases of asynchronous products: each pattern and each order of operands in shared memory, which
// holds small integers everywhere.
#include "emulator/prelude_cases.h"

namespace hidet {

namespace {

constexpr int kOfB = 16384;  // where the second operand begins

// Arguments of hidet_shared_descriptor for a dense operand: bytes between neighbours, and the mode.
std::string descriptor_of(bool is_row_major, int pattern) {
  const int mode = pattern == 128 ? 1 : pattern == 64 ? 2 : pattern == 32 ? 3 : 0;
  if (pattern == 0) return is_row_major ? "128, 256, 0" : "128, 256, 0";
  return hidet::format("{}, {}, {}", is_row_major ? 16 * pattern : 16, 8 * pattern, mode);
}

PreludeCase product_case(const std::string& type, int columns, int pattern, bool transpose_a,
                         bool transpose_b) {
  const std::string name = hidet::format("wgmma_n{}_{}_pattern_{}{}{}", columns, type, pattern,
                                         transpose_a ? "_ta" : "", transpose_b ? "_tb" : "");
  const char* scalar = type == "bf16" ? "bfloat16" : "half";
  const int shared_bytes = kOfB + columns * 128;
  const std::string statements = hidet::format(
      "  {0}_t* elements = ({0}_t*)shared;\n"
      "  for (int i = t; i < {1}; i += 128) elements[i] = hidet_to_{0}(in[i]);\n"
      "  hidet_fence_async_proxy();\n"
      "  __syncthreads();\n"
      "  float d[{2}];\n"
      "  for (int i = 0; i < {2}; ++i) d[i] = 1000.0f;\n"
      "  hidet_wgmma_fence();\n"
      "  for (int i = 0; i < 2; ++i) {{\n"
      "    hidet_wgmma_k16_{3}<{4}, {5}, {6}>(d, hidet_shared_descriptor(shared, {7}),\n"
      "        hidet_shared_descriptor(shared + {8}, {9}), i);\n"
      "    hidet_wgmma_commit();\n"
      "  }}\n"
      "  hidet_wgmma_wait<1>();\n"
      "  hidet_wgmma_wait<0>();\n"
      "  for (int i = 0; i < {2}; ++i) out[i * 128 + t] = d[i];\n",
      scalar, shared_bytes / 2, columns / 2, type, columns, transpose_a ? 1 : 0,
      transpose_b ? 1 : 0, descriptor_of(transpose_a, pattern), kOfB,
      descriptor_of(transpose_b, pattern));
  return {.name = name,
          .text = case_text(name, "signed char", "float", 128, statements),
          .sm = 90,
          .sm_90a = true,
          .threads = 128,
          .shared_bytes = shared_bytes,
          .input = case_bytes(static_cast<size_t>(shared_bytes) / 2, -7, 8),
          .output_bytes = int64_t{64} * columns * 4};
}

}  // namespace

std::vector<PreludeCase> group_product_cases() {
  std::vector<PreludeCase> cases;
  for (const int pattern : {0, 32, 64, 128})
    for (const bool transpose_a : {false, true})
      for (const bool transpose_b : {false, true})
        cases.push_back(product_case(transpose_a == transpose_b ? "bf16" : "f16", 64, pattern,
                                     transpose_a, transpose_b));
  for (const int columns : {8, 128, 256}) {
    cases.push_back(product_case("bf16", columns, 128, false, false));
    if (columns > 8) cases.push_back(product_case("f16", columns, 128, false, true));
  }
  return cases;
}

}  // namespace hidet
