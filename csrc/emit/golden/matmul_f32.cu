static __device__ __forceinline__ float fma_f32(float a, float b, float c) { return fmaf(a, b, c); }
static __device__ __forceinline__ int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
extern "C" __global__ void __launch_bounds__(256, 1)
matmul_f32(const float* __restrict__ a_matrix, const float* __restrict__ b_matrix, float* c_matrix, int64_t m, int64_t n, int64_t k) {
  HIDET_SHARED_MEMORY(shared_memory);
  const int64_t at = (n + 127) / 128;
  const int64_t at_2 = (k + 7) / 8;
  const int64_t block = (int64_t)blockIdx.x;
  const int64_t at_3 = block / at;
  const int64_t at_4 = block % at;
  const int64_t thread = (int64_t)threadIdx.x;
  const int64_t y = at_3;
  const int64_t x = at_4;
  float* a = (float*)(shared_memory + 0);
  float* b = (float*)(shared_memory + 9216);
  float next_a[4];
  float next_b[4];
  float sums[64];
  #pragma unroll
  for (int64_t i = 0; i < 2; ++i) {
    #pragma unroll
    for (int64_t j = 0; j < 2; ++j) {
      const int64_t at_5 = i * 32 + j * 16;
      #pragma unroll
      for (int64_t i_2 = 0; i_2 < 4; ++i_2) {
        const int64_t at_6 = at_5 + i_2 * 4;
        #pragma unroll
        for (int64_t j_2 = 0; j_2 < 4; ++j_2) {
          sums[at_6 + j_2] = 0.0f;
        }
      }
    }
  }
  const int64_t at_5 = thread / 8;
  const int64_t at_6 = k * y * 128 + k * at_5;
  const int64_t at_7 = thread % 8;
  const int64_t at_8 = y * 128 + at_5;
  const bool c = at_7 < k;
  const int64_t at_9 = at_5 * 9;
  const int64_t at_10 = at_7 + at_9;
  for (int64_t i = 0; i < 4; ++i) {
    a[at_10 + i * 288] = (at_8 + i * 32 < m && c ? a_matrix[at_6 + k * i * 32 + at_7] : 0.0f);
  }
  const int64_t at_11 = thread / 128;
  const int64_t at_12 = n * at_11;
  const int64_t at_13 = thread % 128;
  const bool c_2 = x * 128 + at_13 < n;
  for (int64_t i = 0; i < 4; ++i) {
    b[thread + i * 256] = (i * 2 + at_11 < k && c_2 ? b_matrix[n * i * 2 + at_12 + x * 128 + at_13] : 0.0f);
  }
  __syncthreads();
  const int64_t at_14 = at_5 % 4;
  const int64_t at_15 = at_14 * 36;
  const int64_t at_16 = thread / 64;
  const int64_t at_17 = at_16 * 288;
  const int64_t at_18 = at_7 * 4;
  const int64_t at_19 = thread / 32 % 2 * 64;
  for (int64_t t = 0; t < at_2; ++t) {
    const bool c_3 = t * 8 + at_7 + 8 < k;
    #pragma unroll
    for (int64_t i = 0; i < 4; ++i) {
      next_a[i] = (at_8 + i * 32 < m && c_3 ? a_matrix[at_6 + k * i * 32 + t * 8 + at_7 + 8] : 0.0f);
    }
    const int64_t at_20 = n * 8 + n * t * 8 + at_12;
    const int64_t at_21 = t * 8 + at_11;
    #pragma unroll
    for (int64_t i = 0; i < 4; ++i) {
      next_b[i] = (at_21 + i * 2 + 8 < k && c_2 ? b_matrix[at_20 + n * i * 2 + x * 128 + at_13] : 0.0f);
    }
    const int64_t at_22 = t % 2;
    const int64_t at_23 = at_22 * 1152;
    const int64_t at_24 = at_22 * 1024;
    #pragma unroll
    for (int64_t q = 0; q < 8; ++q) {
      float a_column[8];
      float b_row[8];
      const int64_t at_25 = at_23 + q + at_15 + at_17;
      #pragma unroll
      for (int64_t i = 0; i < 2; ++i) {
        const int64_t at_26 = at_25 + i * 144;
        #pragma unroll
        for (int64_t i_2 = 0; i_2 < 4; ++i_2) {
          a_column[i * 4 + i_2] = a[at_26 + i_2 * 9];
        }
      }
      const int64_t at_26 = at_24 + q * 128 + at_18 + at_19;
      #pragma unroll
      for (int64_t j = 0; j < 2; ++j) {
        const int64_t at_27 = at_26 + j * 32;
        #pragma unroll
        for (int64_t j_2 = 0; j_2 < 4; ++j_2) {
          b_row[j * 4 + j_2] = b[at_27 + j_2];
        }
      }
      #pragma unroll
      for (int64_t i = 0; i < 2; ++i) {
        #pragma unroll
        for (int64_t j = 0; j < 2; ++j) {
          const int64_t at_27 = i * 32 + j * 16;
          #pragma unroll
          for (int64_t i_2 = 0; i_2 < 4; ++i_2) {
            const int64_t at_28 = at_27 + i_2 * 4;
            #pragma unroll
            for (int64_t j_2 = 0; j_2 < 4; ++j_2) {
              const int64_t at_29 = at_28 + j_2;
              sums[at_29] = fma_f32(a_column[i * 4 + i_2], b_row[j * 4 + j_2], sums[at_29]);
            }
          }
        }
      }
    }
    const int64_t at_25 = (t + 1) % 2;
    const int64_t at_26 = at_25 * 1152 + at_7 + at_9;
    #pragma unroll
    for (int64_t i = 0; i < 4; ++i) {
      a[at_26 + i * 288] = next_a[i];
    }
    const int64_t at_27 = at_25 * 1024 + thread;
    #pragma unroll
    for (int64_t i = 0; i < 4; ++i) {
      b[at_27 + i * 256] = next_b[i];
    }
    __syncthreads();
  }
  const int64_t at_20 = at_14 * 4 + at_16 * 32;
  const int64_t at_21 = min_i64(m - y * 128, 128);
  const int64_t at_22 = at_18 + at_19;
  const int64_t at_23 = min_i64(n - x * 128, 128);
  const int64_t at_24 = n * y * 128 + n * at_14 * 4 + n * at_16 * 32;
  #pragma unroll
  for (int64_t i = 0; i < 2; ++i) {
    const int64_t at_25 = at_20 + i * 16;
    const int64_t at_26 = at_24 + n * i * 16;
    #pragma unroll
    for (int64_t j = 0; j < 2; ++j) {
      const int64_t at_27 = i * 32 + j * 16;
      const int64_t at_28 = at_22 + j * 32;
      #pragma unroll
      for (int64_t i_2 = 0; i_2 < 4; ++i_2) {
        const int64_t at_29 = at_27 + i_2 * 4;
        const bool c_3 = at_25 + i_2 < at_21;
        const int64_t at_30 = at_26 + n * i_2 + x * 128 + at_18 + at_19 + j * 32;
        #pragma unroll
        for (int64_t j_2 = 0; j_2 < 4; ++j_2) {
          if (c_3 && at_28 + j_2 < at_23) {
            c_matrix[at_30 + j_2] = sums[at_29 + j_2];
          }
        }
      }
    }
  }
}
