// The runtime compiler: binaries and their resources, errors, and where it is looked for.
#include "runtime/nvrtc.h"

#include <gtest/gtest.h>

#include <thread>

#include "runtime/cubin.h"
#include "runtime/nvrtc_for_test.h"

namespace hidet {
namespace {

const std::vector<std::string> kTargets = {"sm_80",  "sm_86",   "sm_89",
                                           "sm_90a", "sm_100a", "sm_120a"};

// Two kernels: one with shared memory and a barrier, one that spills: its bound leaves it 64
// registers for 96 values in use at once.
const char* const kTwoKernels = R"(
extern "C" __global__ void __launch_bounds__(128) reverse(const float* in, float* out) {
  __shared__ float tile[128];
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = tile[127 - threadIdx.x];
}
extern "C" __global__ void __launch_bounds__(1024) crowded(const float* in, float* out, int n) {
  float x[96];
  #pragma unroll
  for (int i = 0; i < 96; ++i) x[i] = in[i * 1024 + threadIdx.x];
  for (int j = 0; j < n; ++j) {
    #pragma unroll
    for (int i = 0; i < 96; ++i) x[i] = x[i] * x[(i * 7 + 3) % 96] + 1.0f;
  }
  #pragma unroll
  for (int i = 0; i < 96; ++i) out[i * 1024 + threadIdx.x] = x[i];
}
)";

const CudaResources& of(const std::vector<CudaResources>& rows, const std::string& kernel) {
  for (const CudaResources& row : rows)
    if (row.kernel == kernel) return row;
  throw std::out_of_range(kernel);
}

TEST(Nvrtc, TheBinaryAndTheLogAgreeOnResources) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  for (const std::string& target : kTargets) {
    SCOPED_TRACE(target);
    const auto binary = nvrtc.compile(kTwoKernels, target);
    ASSERT_TRUE(binary) << binary.reason();
    const auto in_binary = read_cubin(binary->cubin);
    ASSERT_TRUE(in_binary) << in_binary.reason();
    ASSERT_EQ(in_binary->size(), 2u);
    const auto logged = resources_in_log(binary->log);
    ASSERT_EQ(logged.size(), 2u);
    for (const CubinKernel& kernel : *in_binary) {
      SCOPED_TRACE(kernel.name);
      const CudaResources& row = of(logged, kernel.name);
      EXPECT_EQ(kernel.registers, row.registers);
      EXPECT_EQ(kernel.frame_bytes, row.stack);
      EXPECT_EQ(kernel.barriers, row.barriers);
      EXPECT_EQ(kernel.static_shared, row.static_shared);
      EXPECT_EQ(kernel.parameters,
                (kernel.name == "reverse" ? std::vector<int>{8, 8} : std::vector<int>{8, 8, 4}));
      EXPECT_EQ(kernel.parameter_bytes, kernel.name == "reverse" ? 16 : 20);
    }
    EXPECT_EQ(size_of_cubin(binary->cubin.data()), binary->cubin.size());
    const CudaResources& reverse = of(binary->resources, "reverse");
    EXPECT_EQ(reverse.static_shared, 512);
    EXPECT_EQ(reverse.barriers, 1);
    EXPECT_EQ(reverse.max_threads, 128);
    EXPECT_EQ(reverse.spill_stores + reverse.spill_loads + reverse.stack, 0);
    const CudaResources& crowded = of(binary->resources, "crowded");
    EXPECT_LE(crowded.registers, 64);
    EXPECT_GT(crowded.spill_stores, 0);
    EXPECT_GT(crowded.spill_loads, 0);
    EXPECT_GE(crowded.stack, crowded.spill_stores > 0 ? 4 : 0);
    EXPECT_NE(binary->ptx.find(".entry crowded"), std::string::npos);
  }
}

TEST(Nvrtc, AnAdvisoryOfTheAssemblerIsReported) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  // The number of registers at the start of the kernel is not known without launch bounds.
  const auto binary = nvrtc.compile(R"(
extern "C" __global__ void unknown_count(float* out) {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
  out[threadIdx.x] = 0.0f;
}
)",
                                    "sm_90a");
  ASSERT_TRUE(binary) << binary.reason();
  ASSERT_EQ(binary->resources.size(), 1u);
  ASSERT_EQ(binary->resources[0].advisories.size(), 1u) << binary->log;
  EXPECT_EQ(binary->resources[0].advisories[0].substr(0, 5), "C7508");
}

TEST(Nvrtc, AMultiplyAndAnAddStayTwo) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const auto binary = nvrtc.compile(
      R"(extern "C" __global__ void k(float* x) { x[0] = x[1] * x[2] + x[3]; })", "sm_80");
  ASSERT_TRUE(binary) << binary.reason();
  EXPECT_EQ(binary->ptx.find("fma."), std::string::npos) << binary->ptx;
}

TEST(Nvrtc, ACompileErrorNamesItsLine) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const auto binary = nvrtc.compile(
      "\nextern \"C\" __global__ void k(float* x) {\n"
      "  x[0] = undeclared + 1;\n}\n",
      "sm_80");
  ASSERT_FALSE(binary);
  EXPECT_NE(binary.reason().find("line 3, `x[0] = undeclared + 1;`"), std::string::npos)
      << binary.reason();
  EXPECT_NE(binary.reason().find("\"undeclared\" is undefined"), std::string::npos);
}

TEST(Nvrtc, AnInstructionThatTheArchitectureLacksIsAnError) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const char* text = R"(
extern "C" __global__ void k() { asm volatile("wgmma.fence.sync.aligned;"); })";
  EXPECT_TRUE(nvrtc.compile(text, "sm_90a"));
  const auto binary = nvrtc.compile(text, "sm_80");
  ASSERT_FALSE(binary);
  EXPECT_NE(binary.reason().find("sm_80"), std::string::npos) << binary.reason();
  EXPECT_NE(binary.reason().find("wgmma"), std::string::npos) << binary.reason();
}

TEST(Nvrtc, AnUnknownArchitectureIsAnswered) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  for (const char* target : {"sm_42", "gfx90a", "sm_", "sm_90b", "compute_90", "sm_99999999999"}) {
    const auto binary = nvrtc.compile("", target);
    ASSERT_FALSE(binary) << target;
    EXPECT_NE(binary.reason().find("sm_80, "), std::string::npos) << binary.reason();
    EXPECT_NE(binary.reason().find(target), std::string::npos) << binary.reason();
  }
}

TEST(Nvrtc, CompilesOnSeveralThreads) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  std::vector<std::thread> threads;
  std::vector<std::string> cubins(4);
  for (size_t i = 0; i < cubins.size(); ++i)
    threads.emplace_back([&, i] {
      const auto binary = nvrtc.compile(kTwoKernels, i % 2 ? "sm_80" : "sm_90a");
      if (binary) cubins[i] = binary->cubin;
    });
  for (std::thread& each : threads) each.join();
  EXPECT_FALSE(cubins[0].empty());
  EXPECT_EQ(cubins[0], cubins[2]);  // the same text gives the same bytes
  EXPECT_EQ(cubins[1], cubins[3]);
  EXPECT_NE(cubins[0], cubins[1]);
}

TEST(Nvrtc, AWrongPathIsNamed) {
  ASSERT_EQ(setenv("HIDET_NVRTC_PATH", "/nonexistent/libnvrtc.so.13", 1), 0);
  const auto nvrtc = Nvrtc::open();
  unsetenv("HIDET_NVRTC_PATH");
  ASSERT_FALSE(nvrtc);
  EXPECT_NE(nvrtc.reason().find("HIDET_NVRTC_PATH=/nonexistent/libnvrtc.so.13"), std::string::npos)
      << nvrtc.reason();
}

TEST(Nvrtc, ALibraryOfAnotherKindIsNamed) {
  ASSERT_EQ(setenv("HIDET_NVRTC_PATH", "libm.so.6", 1), 0);
  const auto nvrtc = Nvrtc::open();
  unsetenv("HIDET_NVRTC_PATH");
  ASSERT_FALSE(nvrtc);
  EXPECT_NE(nvrtc.reason().find("no function nvrtc"), std::string::npos) << nvrtc.reason();
}

TEST(ResourcesInLog, ReadsEachKernel) {
  const auto rows = resources_in_log(
      "ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are "
      "serialized due to something in the function 'first'\n"
      "ptxas info    : 0 bytes gmem\n"
      "ptxas info    : Compiling entry function 'first' for 'sm_90a'\n"
      "ptxas info    : Function properties for first\n"
      "ptxas         .     16 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads\n"
      "ptxas info    : Used 211 registers, used 2 barriers, 32768 bytes smem, 388 bytes cmem[0]\n"
      "ptxas info    : Compiling entry function 'second' for 'sm_90a'\n"
      "ptxas info    : Function properties for second\n"
      "ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 8 registers, used 0 barriers\n"
      "ptxas info    : Function properties for helper\n"
      "ptxas         .     64 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].registers, 211);
  EXPECT_EQ(rows[0].stack, 16);
  EXPECT_EQ(rows[0].spill_stores, 8);
  EXPECT_EQ(rows[0].spill_loads, 12);
  EXPECT_EQ(rows[0].barriers, 2);
  EXPECT_EQ(rows[0].static_shared, 32768);
  ASSERT_EQ(rows[0].advisories.size(), 1u);
  EXPECT_EQ(rows[1].registers, 8);
  EXPECT_EQ(rows[1].stack, 0);
  EXPECT_EQ(rows[1].spill_stores, 0);
  EXPECT_TRUE(rows[1].advisories.empty());
}

TEST(ReadCubin, EveryCutOfABinaryIsDeclinedOrRead) {
  EXPECT_FALSE(read_cubin(""));
  EXPECT_FALSE(
      read_cubin("\x7f"
                 "ELF and no more"));
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const auto binary = nvrtc.compile(kTwoKernels, "sm_80");
  ASSERT_TRUE(binary) << binary.reason();
  for (size_t size = 0; size < binary->cubin.size(); size += 7)
    read_cubin(std::string_view(binary->cubin).substr(0, size));  // no read past the end
  EXPECT_FALSE(read_cubin(std::string_view(binary->cubin).substr(0, binary->cubin.size() / 2)));
  std::string other = binary->cubin;
  other[18] = 62;  // a machine of another kind
  EXPECT_FALSE(read_cubin(other));
}

}  // namespace
}  // namespace hidet
