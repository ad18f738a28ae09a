// Target: what a program is compiled for: instruction set, register file, cores and caches.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"
#include "base/result.h"
#include "target/cuda_device.h"

namespace hidet {

enum class TargetKind : uint8_t { cpu, cuda };

struct Target {
  std::string name;  // "cpu-avx512", "cpu-avx2", "cpu-portable", "sm_80", ...
  TargetKind kind = TargetKind::cpu;
  // CPU: instruction set extensions in the compiler's spelling, in a fixed order; they are the -m
  // flags and part of a kernel's key. CUDA: "cp_async", "mbarrier", "tma", "clusters",
  // "setmaxnreg", "wgmma".
  std::vector<std::string> features;
  int vector_bits = 128;  // of a vector register
  int vector_registers = 16;
  // Of the machine at hand: they steer the choice of schedules and are no part of a kernel's key.
  int cores = 1;
  int64_t l1_bytes = 32 << 10;  // data, one core
  int64_t l2_bytes = 1 << 20;   // one core
  int64_t l3_bytes = 32 << 20;  // shared
  CudaDevice cuda;              // of a CUDA target

  bool has(std::string_view feature) const;
  // Elements of a vector register. 16-bit floats are computed with as f32.
  int lanes(DType dtype) const;
  // "-mavx2 -mfma ..." as separate words; of a CPU target.
  std::vector<std::string> compiler_flags() const;
};

// A CPU target by name, with the caches of the machine at hand. Throws UserError naming the known.
Target cpu_target(std::string_view name);
// The widest CPU target that this machine runs.
Target host_target();
// A CUDA target by name: sm_80, sm_86, sm_89, sm_90a, sm_100a or sm_120a, with the numbers of the
// product that it is tuned for. Throws UserError naming the known.
Target cuda_target(std::string_view name);
// The names, oldest first.
const std::vector<std::string>& cuda_target_names();
// The name of the target whose code a GPU of this compute capability runs. Declines older GPUs than
// sm_80, and those that none of the targets is for.
Result<std::string> cuda_target_of_capability(int major, int minor);
// Whether this machine's processor runs code for a CPU target.
bool runs_here(const Target& target);

}  // namespace hidet
