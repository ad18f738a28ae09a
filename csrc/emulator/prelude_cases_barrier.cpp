// Cases of barriers, addresses and the roles of warps.
#include "emulator/prelude_cases.h"

namespace hidet {

std::vector<PreludeCase> barrier_cases() {
  std::vector<PreludeCase> cases;
  const auto add = [&](const std::string& name, const char* output, int threads, int64_t shared,
                       const std::string& statements, int output_words, int sm = 80) {
    cases.push_back({.name = name,
                     .text = case_text(name, "uint32_t", output, threads, statements),
                     .sm = sm,
                     .threads = threads,
                     .shared_bytes = shared,
                     .input = case_bytes(1024),
                     .output_bytes = output_words * 4});
  };
  add("barrier", "uint32_t", 128, 512,
      "  uint32_t* words = (uint32_t*)shared;\n"
      "  words[t] = in[t];\n"
      "  hidet_barrier(1 + t / 64, 64);\n"
      "  out[t] = words[t ^ 63];\n",
      128);
  // A warp hands over one word a lane, four times, through one place.
  add("mbarrier", "uint32_t", 64, 256,
      "  uint32_t* words = (uint32_t*)shared;\n"
      "  uint64_t* full = (uint64_t*)(shared + 128);\n"
      "  uint64_t* empty = full + 1;\n"
      "  if (t == 0) {\n"
      "    hidet_mbarrier_init(full, 32);\n"
      "    hidet_mbarrier_init(empty, 32);\n"
      "    hidet_mbarrier_fence();\n"
      "  }\n"
      "  __syncthreads();\n"
      "  for (int i = 0; i < 4; ++i) {\n"
      "    if (t < 32) {\n"
      "      hidet_mbarrier_wait(empty, i % 2 ^ 1);\n"
      "      words[t] = in[i * 32 + t];\n"
      "      hidet_mbarrier_arrive(full);\n"
      "    } else {\n"
      "      while (!hidet_mbarrier_test(full, i % 2)) {\n"
      "      }\n"
      "      out[i * 32 + t - 32] = words[63 - t];\n"
      "      hidet_mbarrier_arrive(empty);\n"
      "    }\n"
      "  }\n",
      128);
  add("shared_address", "uint32_t", 32, 512,
      "  out[t] = hidet_shared_address(shared + t * 16) - hidet_shared_address(shared);\n", 32);
  add("shared_descriptor", "uint64_t", 32, 512,
      "  out[t] = hidet_shared_descriptor(shared + t * 16, 16 * t, 4096 - 16 * t, t % 4) -\n"
      "           hidet_shared_descriptor(shared, 0, 0, 0);\n",
      64);
  // The warps of one group give registers to those of the others.
  const std::string registers =
      "  if (t < 128) {\n"
      "    hidet_registers_decrease<24>();\n"
      "  } else {\n"
      "    hidet_registers_increase<240>();\n"
      "  }\n"
      "  if (t < 256) out[t] = in[t];\n";
  add("registers", "uint32_t", 384, 0, registers, 256, 90);
  cases.back().sm_90a = true;
  return cases;
}

}  // namespace hidet
