// Target: what a program is compiled for: instruction set, register file, cores and caches.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"

namespace hidet {

enum class TargetKind : uint8_t { cpu, cuda };

struct Target {
  std::string name;  // "cpu-avx512", "cpu-avx2", "cpu-portable", "sm_80", ...
  TargetKind kind = TargetKind::cpu;
  // CPU: instruction set extensions in the compiler's spelling, in a fixed order; they are the -m
  // flags and part of a kernel's key.
  std::vector<std::string> features;
  int vector_bits = 128;  // of a vector register
  int vector_registers = 16;
  // Of the machine at hand: they steer the choice of schedules and are no part of a kernel's key.
  int cores = 1;
  int64_t l1_bytes = 32 << 10;  // data, one core
  int64_t l2_bytes = 1 << 20;   // one core
  int64_t l3_bytes = 32 << 20;  // shared

  bool has(std::string_view feature) const;
  // Elements of a vector register. 16-bit floats are computed with as f32.
  int lanes(DType dtype) const;
  // "-mavx2 -mfma ..." as separate words.
  std::vector<std::string> compiler_flags() const;
};

// A CPU target by name, with the caches of the machine at hand. Throws UserError naming the known.
Target cpu_target(std::string_view name);
// The widest CPU target that this machine runs.
Target host_target();
// Whether this machine runs code for a CPU target.
bool runs_here(const Target& target);

}  // namespace hidet
