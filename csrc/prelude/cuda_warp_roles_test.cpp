// A product of matrices as Hopper wants it, written with the prelude alone: one warpgroup loads
// tiles with the tensor memory accelerator, two multiply them, a ring of barriers between. What the
// assembler says about it is what generated programs of this kind can reach.
#include <gtest/gtest.h>

#include "prelude/cuda_native.h"
#include "runtime/nvrtc_for_test.h"

namespace hidet {
namespace {

// c[m, n] = a[m, k] b[n, k]^T in bf16, tiles of 128 x 256 x 64, four stages, 48 KiB each.
const char* const kProduct = R"(
constexpr int kStages = 4, kStageBytes = (128 + 256) * 64 * 2;
extern "C" __global__ void __launch_bounds__(384, 1) product(
    const __grid_constant__ hidet_tensor_map a, const __grid_constant__ hidet_tensor_map b,
    float* __restrict__ c, int n, int steps) {
  HIDET_SHARED_MEMORY(tiles);
  __shared__ uint64_t full[kStages], empty[kStages];
  const int group = threadIdx.x / 128;
  const int row = blockIdx.y * 128, column = blockIdx.x * 256;
  if (threadIdx.x == 0) {
    for (int i = 0; i < kStages; ++i) {
      hidet_mbarrier_init(&full[i], 1);
      hidet_mbarrier_init(&empty[i], 2);
    }
    hidet_mbarrier_fence();
  }
  __syncthreads();
  if (group == 0) {
    hidet_registers_decrease<24>();
    if (threadIdx.x / 32 == 0 && hidet_elect_one()) {
      for (int step = 0; step < steps; ++step) {
        const int stage = step % kStages;
        hidet_mbarrier_wait(&empty[stage], step / kStages % 2 ^ 1);
        hidet_mbarrier_expect(&full[stage], kStageBytes);
        unsigned char* tile = tiles + stage * kStageBytes;
        hidet_tma_load_2d(tile, &a, step * 64, row, &full[stage]);
        hidet_tma_load_2d(tile + 128 * 128, &b, step * 64, column, &full[stage]);
      }
    }
  } else {
    hidet_registers_increase<240>();
    float sums[128];
    for (int step = 0; step < steps; ++step) {
      const int stage = step % kStages;
      const unsigned char* tile = tiles + stage * kStageBytes;
      hidet_mbarrier_wait(&full[stage], step / kStages % 2);
      hidet_wgmma_fence();
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        hidet_wgmma_k16_bf16<256, 0, 0>(
            sums, hidet_shared_descriptor(tile + (group - 1) * 64 * 128 + k * 32, 16, 1024, 1),
            hidet_shared_descriptor(tile + 128 * 128 + k * 32, 16, 1024, 1), step > 0 || k > 0);
      }
      hidet_wgmma_commit();
      hidet_wgmma_wait<0>();
      if (threadIdx.x % 128 == 0) hidet_mbarrier_arrive(&empty[stage]);
    }
    const int lane = threadIdx.x % 32, warp = threadIdx.x % 128 / 32;
    float* out = c + static_cast<int64_t>(row + (group - 1) * 64 + warp * 16 + lane / 4) * n +
                 column + lane % 4 * 2;
    #pragma unroll
    for (int i = 0; i < 128; i += 2) {
      vec<float, 2> pair = {{sums[i], sums[i + 1]}};
      *reinterpret_cast<vec<float, 2>*>(out + static_cast<int64_t>(i / 2 % 2 * 8) * n + i / 4 * 8) =
          pair;
    }
  }
}
)";

TEST(CudaPreludePtx, WarpRolesNeedNoSpillAndGetNoAdvice) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const auto binary = nvrtc.compile(cuda_prelude_ptx(kProduct) + kProduct, "sm_90a");
  ASSERT_TRUE(binary) << binary.reason();
  ASSERT_EQ(binary->resources.size(), 1u);
  const CudaResources& resources = binary->resources[0];
  EXPECT_TRUE(resources.advisories.empty()) << binary->log;
  EXPECT_EQ(resources.spill_stores + resources.spill_loads + resources.stack, 0) << binary->log;
  EXPECT_EQ(resources.registers, 168);  // what 384 threads start with
  EXPECT_EQ(resources.max_threads, 384);
  // The barriers, up to where the dynamic part may start.
  EXPECT_EQ(resources.static_shared, 1024);
}

}  // namespace
}  // namespace hidet
