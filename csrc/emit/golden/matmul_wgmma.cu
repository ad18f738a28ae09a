static __device__ __forceinline__ int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
extern "C" __global__ void __launch_bounds__(384, 1)
matmul_wgmma(const uint16_t* __restrict__ a_matrix, const uint16_t* __restrict__ b_matrix, float* c_matrix, int64_t m, int64_t n, int64_t k, const __grid_constant__ hidet_tensor_map a_matrix_map, const __grid_constant__ hidet_tensor_map b_matrix_map) {
  HIDET_SHARED_MEMORY(shared_memory);
  const int64_t at = (n + 127) / 128;
  const int64_t at_2 = (k + 63) / 64;
  const int64_t block = (int64_t)blockIdx.x;
  const int64_t at_3 = block / at;
  const int64_t at_4 = block % at;
  const int64_t thread = (int64_t)threadIdx.x;
  const int64_t y = at_3;
  const int64_t x = at_4;
  const int64_t steps = at_2;
  uint16_t* a = (uint16_t*)(shared_memory + 0);
  uint16_t* b = (uint16_t*)(shared_memory + 65536);
  uint64_t* full = (uint64_t*)(shared_memory + 131072);
  if (threadIdx.x == 0) {
    for (int i = 0; i < 4; ++i) hidet_mbarrier_init(full + i, 1);
    hidet_mbarrier_fence();
  }
  uint64_t* empty = (uint64_t*)(shared_memory + 131200);
  if (threadIdx.x == 0) {
    for (int i = 0; i < 4; ++i) hidet_mbarrier_init(empty + i, 1);
    hidet_mbarrier_fence();
  }
  __syncthreads();
  if (threadIdx.x < 128) {  // producer
    hidet_registers_decrease<40>();
    const bool c = thread == 0;
    for (int64_t t = 0; t < steps; ++t) {
      const int64_t at_5 = t % 4;
      hidet_mbarrier_wait(empty + at_5, (t / 4 + 1) % 2);
      if (c) {
        hidet_mbarrier_expect(full + at_5, 32768);
      }
      const int64_t at_6 = at_5 * 8192;
      if (c) {
        hidet_tma_load_2d(a + at_6, &a_matrix_map, t * 64, y * 128, full + at_5);
      }
      if (c) {
        hidet_tma_load_2d(b + at_6, &b_matrix_map, x * 128, t * 64, full + at_5);
      }
      if (c) {
        hidet_tma_load_2d(b + (at_6 + 4096), &b_matrix_map, x * 128 + 64, t * 64, full + at_5);
      }
    }
  } else if (threadIdx.x < 384) {  // consumer
    hidet_registers_increase<232>();
    float sums[64];
    #pragma unroll
    for (int64_t j = 0; j < 16; ++j) {
      #pragma unroll
      for (int64_t i = 0; i < 2; ++i) {
        const int64_t at_5 = j * 4 + i * 2;
        #pragma unroll
        for (int64_t j_2 = 0; j_2 < 2; ++j_2) {
          sums[at_5 + j_2] = 0.0f;
        }
      }
    }
    const bool c = thread - 128 == 0;
    const int64_t at_5 = thread / 128;
    const int64_t at_6 = at_5 * 4096;
    for (int64_t t = 0; t < steps; ++t) {
      const int64_t at_7 = t % 4;
      hidet_mbarrier_wait(full + at_7, t / 4 % 2);
      hidet_wgmma_fence();
      const int64_t at_8 = at_7 * 8192;
      #pragma unroll
      for (int64_t q = 0; q < 4; ++q) {
        hidet_wgmma_k16_bf16<128, 0, 1>(sums, hidet_shared_descriptor(a + (at_8 + q * 16 + at_6 - 4096), 16, 1024, 1), hidet_shared_descriptor(b + (at_8 + q * 1024), 8192, 1024, 1), 1);
      }
      hidet_wgmma_commit();
      hidet_wgmma_wait<1>();
      if (0 < t) {
        hidet_barrier(2, 256);
        if (c) {
          hidet_mbarrier_arrive(empty + (t + 3) % 4);
        }
      }
    }
    hidet_wgmma_wait<0>();
    const int64_t at_7 = thread / 32 % 4;
    const int64_t at_8 = thread / 4 % 8;
    const int64_t at_9 = at_5 * 64 + at_7 * 16 + at_8;
    const int64_t at_10 = min_i64(m - y * 128, 128) + 64;
    const int64_t at_11 = thread % 4 * 2;
    const int64_t at_12 = min_i64(n - x * 128, 128);
    const int64_t at_13 = n * y * 128 + n * at_5 * 64 + n * at_7 * 16 + n * at_8;
    #pragma unroll
    for (int64_t j = 0; j < 16; ++j) {
      const int64_t at_14 = at_11 + j * 8;
      #pragma unroll
      for (int64_t i = 0; i < 2; ++i) {
        const int64_t at_15 = j * 4 + i * 2;
        const bool c_2 = at_9 + i * 8 < at_10;
        const int64_t at_16 = at_13 + n * i * 8 + x * 128 + at_11 + j * 8;
        #pragma unroll
        for (int64_t j_2 = 0; j_2 < 2; ++j_2) {
          if (c_2 && at_14 + j_2 < at_12) {
            c_matrix[at_16 + j_2 - n * 64] = sums[at_15 + j_2];
          }
        }
      }
    }
  }
}
