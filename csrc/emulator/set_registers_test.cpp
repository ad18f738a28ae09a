// Registers that warpgroups give to each other: what they wait for comes, or nobody goes on.
#include <gtest/gtest.h>

#include "emulator/run_text_for_test.h"

namespace hidet {
namespace {

// A group of warps gives, two take; 384 threads have 168 registers each.
std::string run_exchange(const std::string& gives, int takes, const Schedule& schedule) {
  const std::string text = hidet::format(
      "extern \"C\" __global__ void __launch_bounds__(384, 1) kernel(int* y, int32_t* status) {{\n"
      "  if (threadIdx.x < 128) {{\n"
      "    {}\n"
      "  }} else {{\n"
      "    hidet_registers_increase<{}>();\n"
      "  }}\n"
      "  y[threadIdx.x] = 1;\n"
      "}}\n",
      gives, takes);
  std::vector<int32_t> y(384);
  return run_text(text, {.buffers = {output(y, DType::i32)}, .threads = 384, .schedule = schedule});
}

TEST(SetRegisters, AreThereOrNobodyGoesOn) {
  for (const Schedule& schedule : proving_schedules()) {
    EXPECT_EQ(run_exchange("hidet_registers_decrease<24>();", 240, schedule), "");
    EXPECT_EQ(run_exchange("hidet_registers_decrease<40>();", 232, schedule), "");
    for (const auto& [gives, takes] : {std::pair{"hidet_registers_decrease<40>();", 240},
                                       {"hidet_registers_decrease<24>();", 248},
                                       {"", 176}}) {
      const std::string found = run_exchange(gives, takes, schedule);
      for (const std::string& part :
           {std::string("waits: no thread can go on"),
            hidet::format("{} registers of a thread: {} wanted", takes, (takes - 168) * 128)})
        EXPECT_NE(found.find(part), std::string::npos) << part << " is not in: " << found;
    }
  }
}

}  // namespace
}  // namespace hidet
