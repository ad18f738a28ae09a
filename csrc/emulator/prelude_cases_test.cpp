// The cases of the prelude: all of its functions are in them, both preludes declare the same, every
// schedule gives the same bytes, and NVIDIA's compiler takes all of them.
#include "emulator/prelude_cases.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "prelude/cuda_emulated_instructions.h"
#include "prelude/cuda_native.h"
#include "runtime/nvrtc_for_test.h"
#include "target/cuda_device.h"

namespace hidet {
namespace {

// "void hidet_barrier(int id, int threads)" of every function that a prelude defines.
std::set<std::string> signatures_of(const std::string& prelude) {
  std::set<std::string> found;
  const std::regex definition(
      R"((?:HIDET_INLINE|HIDET_EMULATED)\s+(\w+\s+hidet_\w+\([^)]*\))\s*\{)");
  for (std::sregex_iterator i(prelude.begin(), prelude.end(), definition), end; i != end; ++i) {
    std::string text = std::regex_replace((*i)[1].str(), std::regex(R"(\s+)"), " ");
    // A parameter that is not used has no name.
    found.insert(std::regex_replace(text, std::regex(R"((const void\*) global\b)"), "$1"));
  }
  return found;
}

// Text that mentions every function: all sections are printed.
std::string everything() {
  std::string text = cuda_prelude_ptx();
  return cuda_emulated_instructions(text);
}

TEST(PreludeCases, BothPreludesDeclareTheSameFunctions) {
  std::set<std::string> native = signatures_of(cuda_prelude_ptx());
  std::set<std::string> emulated = signatures_of(everything());
  // Helpers of the conversions in C++.
  emulated.erase("uint32_t hidet_bits(float x)");
  emulated.erase("float hidet_float(uint32_t bits)");
  EXPECT_GT(native.size(), 40u);
  const auto normal = [](std::set<std::string> signatures) {
    std::set<std::string> result;
    for (const std::string& each : signatures)
      result.insert(
          std::regex_replace(each, std::regex("const void\\* ?(global)?(?=[,)])"), "const void*"));
    return result;
  };
  EXPECT_EQ(normal(native), normal(emulated));
}

TEST(PreludeCases, EveryFunctionIsInOne) {
  std::string texts;
  std::set<std::string> names;
  for (const PreludeCase& each : prelude_cases()) {
    texts += each.text;
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
  }
  for (const std::string& signature : signatures_of(cuda_prelude_ptx())) {
    const size_t begin = signature.find("hidet_"), end = signature.find('(');
    const std::string name = signature.substr(begin, end - begin);
    EXPECT_TRUE(std::regex_search(texts, std::regex(name + "\\b"))) << name;
  }
}

TEST(PreludeCases, EverySchedulesBytesAreTheSame) {
  std::vector<std::string> first;
  for (const Schedule& schedule : proving_schedules()) {
    const std::vector<std::string> outputs = emulate_prelude_cases(prelude_cases(), schedule);
    ASSERT_EQ(outputs.size(), prelude_cases().size());
    if (first.empty()) first = outputs;
    for (size_t i = 0; i < outputs.size(); ++i) {
      EXPECT_EQ(outputs[i], first[i]) << prelude_cases()[i].name;
      EXPECT_GT(std::set<char>(outputs[i].begin(), outputs[i].end()).size(), 1u)
          << prelude_cases()[i].name;
    }
  }
}

TEST(PreludeCases, CompileForEveryTargetThatHasThem) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  for (const PreludeCase& each : prelude_cases())
    for (const char* target : {"sm_80", "sm_90a", "sm_100a", "sm_120a"}) {
      if (!each.is_on(target)) continue;
      const auto binary = nvrtc.compile(cuda_prelude_ptx(each.text) + each.text, target);
      ASSERT_TRUE(binary) << each.name << " " << target << ": " << binary.reason();
      for (const CudaResources& resources : binary->resources) {
        EXPECT_EQ(resources.spill_stores, 0) << each.name;
        EXPECT_TRUE(resources.advisories.empty()) << each.name << ": " << resources.advisories[0];
      }
    }
}

}  // namespace
}  // namespace hidet
