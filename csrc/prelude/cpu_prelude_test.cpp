// Every helper compiles on every instruction set, and nothing is printed that was not asked for.
#include "prelude/cpu_prelude.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "prelude/cpu_helpers.h"

namespace hidet {
namespace {

using Features = std::vector<std::string>;
const std::vector<Features> kTargets = {
    {},
    {"avx2", "fma", "f16c"},
    {"avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}};

bool compiles(const std::string& text, const Features& features) {
  std::string path = "/tmp/hidet_prelude_XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0) return false;
  close(file);
  std::ofstream(path) << text;
  std::string command =
      "g++ -x c++ -std=c++20 -O1 -Wall -Wno-unused-function -Wno-psabi -Wno-tautological-compare "
      "-Werror -S -o /dev/null";
  for (const std::string& feature : features) command += " -m" + feature;
  const bool result = std::system((command + " " + path).c_str()) == 0;
  unlink(path.c_str());
  return result;
}

TEST(CpuPrelude, EveryHelperCompiles) {
  for (const Features& features : kTargets) {
    CpuPrelude prelude(features);
    for (int lanes : {1, 2, 4, 8, 16, 32}) {
      for (DType dtype : {DType::f32, DType::f64, DType::i8, DType::u8, DType::i16, DType::u16,
                          DType::i32, DType::u32, DType::i64, DType::u64}) {
        for (const Helper& helper : helpers()) {
          const bool fits =
              helper.kind == HelperKind::any || (helper.kind == HelperKind::scalar) == (lanes == 1);
          const bool of_class = helper.numbers == Numbers::any ||
                                (helper.numbers == Numbers::floating) == is_floating(dtype);
          const bool conversion = helper.name.find("_from_") != helper.name.npos;
          const bool half = helper.name == "low" || helper.name == "high" || helper.name == "join";
          if (!fits || !of_class || (conversion && dtype != DType::f32) || (half && lanes < 4))
            continue;
          prelude.function(helper.name, dtype, lanes);
        }
        if (is_floating(dtype)) prelude.function("exp", dtype, lanes);
        if (is_floating(dtype)) prelude.function("atan2", dtype, lanes);
      }
    }
    EXPECT_TRUE(compiles(prelude.text(), features));
  }
}

TEST(CpuPrelude, PrintsWhatIsUsed) {
  CpuPrelude prelude({});
  EXPECT_EQ(prelude.text(), "");
  EXPECT_EQ(prelude.type(DType::bf16, 4), "u16x4");
  EXPECT_EQ(prelude.function("max", DType::f32), "max_f32");
  EXPECT_EQ(prelude.function("max", DType::f32), "max_f32");
  EXPECT_EQ(prelude.text(),
            "typedef __UINT16_TYPE__ uint16_t;\n"
            "typedef uint16_t u16x4 __attribute__((vector_size(8)));\n"
            "#define INLINE static inline __attribute__((always_inline))\n"
            "INLINE float max_f32(float a, float b) { return a > b ? a : b; }\n");
}

TEST(CpuPrelude, InstructionsTakePrecedence) {
  CpuPrelude portable({}), wide({"avx2", "fma"});
  EXPECT_EQ(portable.function("fma", DType::f32, 8), "fma_f32x8");
  EXPECT_EQ(portable.text().find("__builtin_ia32"), std::string::npos);
  EXPECT_EQ(wide.function("fma", DType::f32, 16), "fma_f32x16");
  EXPECT_NE(wide.text().find("__builtin_ia32_vfmaddps256"), std::string::npos);
}

}  // namespace
}  // namespace hidet
