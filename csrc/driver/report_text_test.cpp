#include "driver/report_text.h"

#include <gtest/gtest.h>

namespace hidet {
namespace {

TEST(ReportText, KeepsWhatACudaKernelTakes) {
  CompileReport report;
  CompileReport::Kernel& kernel = report.kernels.emplace_back();
  kernel.symbol = "sin_f32";
  kernel.launches = 3;
  kernel.cuda = {.registers = 40,
                 .spill_bytes = 8,
                 .stack_bytes = 16,
                 .threads = 256,
                 .shared_bytes = 512,
                 .blocks = 6,
                 .occupancy = 0.75,
                 .limit = "registers",
                 .predicted_seconds = 2e-6,
                 .advisories = {"C7510 one\ntwo", "C7508 three"}};
  report.kernels.emplace_back().symbol = "on_the_cpu";
  const CompileReport again = parse_report(to_text(report));
  ASSERT_EQ(again.kernels.size(), 2u);
  EXPECT_EQ(again.kernels[0].launches, 3);
  const CompileReport::CudaUse& use = again.kernels[0].cuda;
  EXPECT_EQ(use.registers, 40);
  EXPECT_EQ(use.spill_bytes, 8);
  EXPECT_EQ(use.stack_bytes, 16);
  EXPECT_EQ(use.threads, 256);
  EXPECT_EQ(use.shared_bytes, 512);
  EXPECT_EQ(use.blocks, 6);
  EXPECT_DOUBLE_EQ(use.occupancy, 0.75);
  EXPECT_EQ(use.limit, "registers");
  EXPECT_DOUBLE_EQ(use.predicted_seconds, 2e-6);
  EXPECT_EQ(use.advisories, (std::vector<std::string>{"C7510 one two", "C7508 three"}));
  EXPECT_EQ(again.kernels[1].cuda.registers, 0);
  EXPECT_TRUE(again.kernels[1].cuda.advisories.empty());
}

}  // namespace
}  // namespace hidet
