static __device__ __forceinline__ int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
extern "C" __global__ void __launch_bounds__(128, 1)
matmul_multistage(const uint16_t* __restrict__ a_matrix, const uint16_t* __restrict__ b_matrix, float* c_matrix, int64_t m, int64_t n, int64_t k) {
  HIDET_SHARED_MEMORY(shared_memory);
  const int64_t at = (n + 127) / 128;
  const int64_t at_2 = (k + 31) / 32;
  const int64_t block = (int64_t)blockIdx.x;
  const int64_t at_3 = block / at;
  const int64_t at_4 = block % at;
  const int64_t thread = (int64_t)threadIdx.x;
  const int64_t y = at_3;
  const int64_t x = at_4;
  const int64_t steps = at_2;
  uint16_t* a = (uint16_t*)(shared_memory + 0);
  uint16_t* b = (uint16_t*)(shared_memory + 32768);
  float sums[128];
  #pragma unroll
  for (int64_t i = 0; i < 4; ++i) {
    #pragma unroll
    for (int64_t j = 0; j < 8; ++j) {
      const int64_t at_5 = i * 32 + j * 4;
      #pragma unroll
      for (int64_t i_2 = 0; i_2 < 2; ++i_2) {
        const int64_t at_6 = at_5 + i_2 * 2;
        #pragma unroll
        for (int64_t j_2 = 0; j_2 < 2; ++j_2) {
          sums[at_6 + j_2] = 0.0f;
        }
      }
    }
  }
  const bool c = x * 128 + thread < n;
  const int64_t at_5 = thread / 32;
  const int64_t at_6 = k * y * 128 + k * at_5;
  const int64_t at_7 = thread % 32;
  const int64_t at_8 = y * 128 + at_5;
  const int64_t at_9 = thread / 64;
  const int64_t at_10 = at_9 * 8;
  for (int64_t s = 0; s < 3; ++s) {
    if (s < steps) {
      const bool c_2 = s * 32 + at_7 < k;
      for (int64_t i = 0; i < 32; ++i) {
        a[s * 4096 + thread + i * 128 ^ at_10 + i % 2 * 16] = (at_8 + i * 4 < m && c_2 ? a_matrix[at_6 + k * i * 4 + s * 32 + at_7] : 0x0000);
      }
      for (int64_t i = 0; i < 32; ++i) {
        b[s * 4096 + thread + i * 128 ^ i % 8 * 8] = (s * 32 + i < k && c ? b_matrix[n * s * 32 + n * i + x * 128 + thread] : 0x0000);
      }
    }
    hidet_cp_async_commit();
  }
  const int64_t at_11 = at_9 * 2048;
  const int64_t at_12 = thread % 16;
  const int64_t at_13 = at_12 * 32;
  const int64_t at_14 = thread / 16 % 2 * 8;
  const int64_t at_15 = thread / 2 % 4 * 8;
  const int64_t at_16 = at_5 % 2 * 64;
  const int64_t at_17 = at_12 * 128;
  const int64_t at_18 = thread % 8 * 8;
  for (int64_t t = 0; t < steps; ++t) {
    hidet_cp_async_wait<2>();
    __syncthreads();
    if (t + 3 < steps) {
      const bool c_2 = t * 32 + at_7 + 96 < k;
      const int64_t at_19 = (t + 3) % 4 * 4096 + thread;
      for (int64_t i = 0; i < 32; ++i) {
        a[at_19 + i * 128 ^ at_10 + i % 2 * 16] = (at_8 + i * 4 < m && c_2 ? a_matrix[at_6 + k * i * 4 + t * 32 + at_7 + 96] : 0x0000);
      }
      const int64_t at_20 = n * 96 + n * t * 32;
      for (int64_t i = 0; i < 32; ++i) {
        b[at_19 + i * 128 ^ i % 8 * 8] = (t * 32 + i + 96 < k && c ? b_matrix[at_20 + n * i + x * 128 + thread] : 0x0000);
      }
    }
    hidet_cp_async_commit();
    const int64_t at_19 = t % 4 * 4096;
    #pragma unroll
    for (int64_t i = 0; i < 2; ++i) {
      alignas(4) uint16_t a_fragment[32];
      const int64_t at_20 = i * 16 + at_19 + at_11;
      #pragma unroll
      for (int64_t i_2 = 0; i_2 < 4; ++i_2) {
        hidet_ldmatrix_x4((uint32_t*)(a_fragment + i_2 * 8), a + (at_20 + i_2 * 512 + at_13 + at_14 ^ at_15));
      }
      alignas(4) uint16_t b_fragment[32];
      const int64_t at_21 = i * 2048 + at_19 + at_16 + at_17 + at_14;
      #pragma unroll
      for (int64_t q = 0; q < 4; ++q) {
        hidet_ldmatrix_x4_trans((uint32_t*)(b_fragment + q * 8), b + (at_21 + q * 16 ^ at_18));
      }
      #pragma unroll
      for (int64_t i_2 = 0; i_2 < 4; ++i_2) {
        #pragma unroll
        for (int64_t j = 0; j < 8; ++j) {
          hidet_mma_m16n8k16_bf16(sums + (i_2 * 32 + j * 4), (const uint32_t*)(a_fragment + i_2 * 8), (const uint32_t*)(b_fragment + j * 4));
        }
      }
    }
  }
  const int64_t at_19 = thread / 4 % 8;
  const int64_t at_20 = at_19 + at_9 * 64;
  const int64_t at_21 = min_i64(m - y * 128, 128);
  const int64_t at_22 = thread % 4 * 2;
  const int64_t at_23 = at_22 + at_16;
  const int64_t at_24 = min_i64(n - x * 128, 128);
  const int64_t at_25 = n * y * 128 + n * at_19 + n * at_9 * 64;
  #pragma unroll
  for (int64_t i = 0; i < 4; ++i) {
    const int64_t at_26 = at_20 + i * 16;
    const int64_t at_27 = at_25 + n * i * 16;
    #pragma unroll
    for (int64_t j = 0; j < 8; ++j) {
      const int64_t at_28 = i * 32 + j * 4;
      const int64_t at_29 = at_23 + j * 8;
      #pragma unroll
      for (int64_t i_2 = 0; i_2 < 2; ++i_2) {
        const int64_t at_30 = at_28 + i_2 * 2;
        const bool c_2 = at_26 + i_2 * 8 < at_21;
        const int64_t at_31 = at_27 + n * i_2 * 8 + x * 128 + at_22 + at_16 + j * 8;
        #pragma unroll
        for (int64_t j_2 = 0; j_2 < 2; ++j_2) {
          if (c_2 && at_29 + j_2 < at_24) {
            c_matrix[at_31 + j_2] = sums[at_30 + j_2];
          }
        }
      }
    }
  }
}
