// MmaAtom: a matrix instruction and the mappings that it imposes on its operands.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/dtype.h"
#include "mapping/task_mapping.h"

namespace hidet {

// d[m, n] += a[m, k] * b[k, n] by the workers of `accumulator`: a warp, or four for an asynchronous
// one, whose b (and a, unless it is in registers) lies in shared memory.
struct MmaAtom {
  std::string name;  // m16n8k16_bf16
  int m = 0, n = 0, k = 0;
  DType operand = DType::f32;
  DType sum = DType::f32;
  bool asynchronous = false;
  TaskMapping<int64_t> accumulator, a, b;  // b: empty where it cannot be in registers

  // Whether a target, as "sm_80", has it.
  bool is_on(std::string_view target) const;
};

// m16n8k16 of f16 and bf16, m16n8k8 of tf32, m64n<8 ... 256>k16 of f16 and bf16; absent for others.
std::optional<MmaAtom> find_mma_atom(std::string_view name);

// The number in "sm_90a"; 0 for other targets.
int sm_number(std::string_view target);

}  // namespace hidet
