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

}  // namespace
}  // namespace hidet
