#include "target/target.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace hidet {
namespace {

TEST(Target, LanesFollowTheRegisterWidth) {
  EXPECT_EQ(cpu_target("cpu-avx512").lanes(DType::f32), 16);
  EXPECT_EQ(cpu_target("cpu-avx2").lanes(DType::f64), 4);
  EXPECT_EQ(cpu_target("cpu-portable").lanes(DType::i8), 16);
  EXPECT_EQ(cpu_target("cpu-avx512").lanes(DType::bf16), 16);  // computed as f32
}

TEST(Target, UnknownNameIsAUsersError) {
  try {
    cpu_target("cpu-sse9");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("cpu-avx512"), std::string::npos);
  }
}

TEST(Target, HostRunsItsOwnTarget) {
  const Target host = host_target();
  EXPECT_TRUE(runs_here(host));
  EXPECT_TRUE(runs_here(cpu_target("cpu-portable")));
  EXPECT_GE(host.cores, 1);
  EXPECT_EQ(host.compiler_flags().size(), host.features.size());
}

TEST(CudaTarget, EveryNameIsATarget) {
  EXPECT_EQ(cuda_target_names(),
            (std::vector<std::string>{"sm_80", "sm_86", "sm_89", "sm_90a", "sm_100a", "sm_120a"}));
  for (const std::string& name : cuda_target_names()) {
    const Target target = cuda_target(name);
    EXPECT_EQ(target.name, name);
    EXPECT_EQ(target.kind, TargetKind::cuda);
    EXPECT_TRUE(target.compiler_flags().empty());
    EXPECT_FALSE(runs_here(target));
    EXPECT_TRUE(target.has("cp_async"));
    EXPECT_EQ(target.has("wgmma"), name == "sm_90a");
    EXPECT_EQ(target.cuda.registers, 65536);
    // Each block carries a kilobyte of the system's.
    EXPECT_EQ(target.cuda.shared_bytes, target.cuda.shared_bytes_of_block + 1024);
  }
}

TEST(CudaTarget, RatesAddUpToWhatTheVendorStates) {
  // In f16, without sparsity, in 10^12 operations a second.
  const std::pair<const char*, double> stated[] = {{"sm_80", 312},    {"sm_86", 149.7},
                                                   {"sm_89", 362},    {"sm_90a", 989},
                                                   {"sm_100a", 2250}, {"sm_120a", 209.5}};
  for (const auto& [name, peak] : stated) {
    const CudaDevice device = cuda_target(name).cuda;
    EXPECT_NEAR(device.f16_product_rate * device.clock_hertz * device.multiprocessors / 1e12, peak,
                0.02 * peak)
        << name;
  }
}

TEST(CudaTarget, UnknownNameIsAUsersError) {
  for (const char* name : {"sm_90", "sm_75", "cuda", ""}) {
    try {
      cuda_target(name);
      FAIL() << name;
    } catch (const UserError& error) {
      EXPECT_NE(std::string(error.what()).find("sm_120a"), std::string::npos) << error.what();
    }
  }
}

TEST(CudaTarget, EveryGpuRunsItsOwnTargetOrNone) {
  EXPECT_EQ(*cuda_target_of_capability(8, 0), "sm_80");
  EXPECT_EQ(*cuda_target_of_capability(8, 6), "sm_86");
  EXPECT_EQ(*cuda_target_of_capability(8, 7), "sm_86");
  EXPECT_EQ(*cuda_target_of_capability(8, 9), "sm_89");
  EXPECT_EQ(*cuda_target_of_capability(9, 0), "sm_90a");
  EXPECT_EQ(*cuda_target_of_capability(10, 0), "sm_100a");
  EXPECT_EQ(*cuda_target_of_capability(12, 0), "sm_120a");
  EXPECT_NE(cuda_target_of_capability(7, 5).reason().find("older than sm_80"), std::string::npos);
  EXPECT_NE(cuda_target_of_capability(10, 3).reason().find("10.3"), std::string::npos);
}

}  // namespace
}  // namespace hidet
