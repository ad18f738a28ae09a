// prelude_cases: small kernels, one or more for each function of the CUDA prelude, with their
// inputs. What a GPU makes of them and what the emulator does are the same bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/launch_with_maps.h"

namespace hidet {

struct PreludeCase {
  std::string name;     // also of the kernel
  std::string text;     // without a prelude; parameters: the input, the output, the maps by value
  int sm = 80;          // the first GPUs that have it
  bool sm_90a = false;  // and these alone
  int threads = 32;     // of the one block
  int64_t shared_bytes = 0;
  std::string input;
  int64_t output_bytes = 0;       // zero at first
  std::vector<MapOfBuffer> maps;  // of the input

  bool is_on(std::string_view target) const;
};

const std::vector<PreludeCase>& prelude_cases();

// The bytes of the output of each case. UserError where the host has no compiler, or a kernel
// breaks a rule.
std::vector<std::string> emulate_prelude_cases(std::span<const PreludeCase> cases,
                                               const Schedule& schedule = {});

// -- Parts of the list.
// A kernel of these statements: `in`, const input_type*, and `out`, output_type*; `t`, its thread;
// `shared`, its shared memory; `maps`: further parameters.
std::string case_text(const std::string& name, const std::string& input_type,
                      const std::string& output_type, int threads, const std::string& statements,
                      int maps = 0);
// Bytes in which nothing repeats soon; each is at least `low` and below `high`.
std::string case_bytes(size_t count, int low = 0, int high = 256);

std::vector<PreludeCase> number_cases();
std::vector<PreludeCase> warp_cases();
std::vector<PreludeCase> copy_cases();
std::vector<PreludeCase> barrier_cases();
std::vector<PreludeCase> group_product_cases();

}  // namespace hidet
