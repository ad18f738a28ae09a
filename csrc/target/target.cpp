#include "target/target.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"

namespace hidet {

namespace {

const std::vector<std::string> kAvx2 = {"avx2", "fma", "f16c", "bmi", "bmi2"};
const std::vector<std::string> kAvx512 = {"avx512f", "avx512bw", "avx512cd", "avx512dq",
                                          "avx512vl"};

// The processor's own answer; __builtin_cpu_supports takes literals only.
bool processor_has(std::string_view feature) {
#if defined(__x86_64__)
  if (feature == "avx2") return __builtin_cpu_supports("avx2");
  if (feature == "fma") return __builtin_cpu_supports("fma");
  if (feature == "f16c") return __builtin_cpu_supports("avx2");  // no processor has avx2 without
  if (feature == "bmi") return __builtin_cpu_supports("bmi");
  if (feature == "bmi2") return __builtin_cpu_supports("bmi2");
  if (feature == "avx512f") return __builtin_cpu_supports("avx512f");
  if (feature == "avx512bw") return __builtin_cpu_supports("avx512bw");
  if (feature == "avx512cd") return __builtin_cpu_supports("avx512cd");
  if (feature == "avx512dq") return __builtin_cpu_supports("avx512dq");
  if (feature == "avx512vl") return __builtin_cpu_supports("avx512vl");
#endif
  HIDET_UNREACHABLE("no test for processor feature {}", feature);
}

int64_t system_value(int name, int64_t otherwise) {
  const long value = sysconf(name);
  return value > 0 ? value : otherwise;
}

}  // namespace

bool Target::has(std::string_view feature) const {
  return std::find(features.begin(), features.end(), feature) != features.end();
}

int Target::lanes(DType dtype) const {
  const bool computed_as_f32 = is_floating(dtype) && bits_of(dtype) < 32;
  return vector_bits / (computed_as_f32 ? 32 : bits_of(dtype));
}

std::vector<std::string> Target::compiler_flags() const {
  std::vector<std::string> flags;
  if (kind != TargetKind::cpu) return flags;
  for (const std::string& feature : features) flags.push_back("-m" + feature);
  return flags;
}

Target cpu_target(std::string_view name) {
  Target target;
  target.name = name;
  if (name == "cpu-avx512") {
    target.features = kAvx2;
    target.features.insert(target.features.end(), kAvx512.begin(), kAvx512.end());
    target.vector_bits = 512;
    target.vector_registers = 32;
  } else if (name == "cpu-avx2") {
    target.features = kAvx2;
    target.vector_bits = 256;
  } else {
    HIDET_REQUIRE(name == "cpu-portable",
                  "no CPU target '{}': there are cpu-avx512, cpu-avx2, cpu-portable", name);
  }
  target.cores = static_cast<int>(system_value(_SC_NPROCESSORS_ONLN, 1));
  target.l1_bytes = system_value(_SC_LEVEL1_DCACHE_SIZE, target.l1_bytes);
  target.l2_bytes = system_value(_SC_LEVEL2_CACHE_SIZE, target.l2_bytes);
  target.l3_bytes = system_value(_SC_LEVEL3_CACHE_SIZE, target.l3_bytes);
  return target;
}

bool runs_here(const Target& target) {
  return target.kind == TargetKind::cpu &&
         std::all_of(target.features.begin(), target.features.end(), processor_has);
}

Target host_target() {
  for (const char* name : {"cpu-avx512", "cpu-avx2"}) {
    Target target = cpu_target(name);
    if (runs_here(target)) return target;
  }
  return cpu_target("cpu-portable");
}

}  // namespace hidet
