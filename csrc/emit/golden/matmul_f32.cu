static __device__ __forceinline__ vec<float, 4> load_f32x4(const float* from) { return *(const vec<float, 4>*)from; }
static __device__ __forceinline__ void store_f32x4(float* to, vec<float, 4> value) { *(vec<float, 4>*)to = value; }
static __device__ __forceinline__ float fma_f32(float a, float b, float c) { return fmaf(a, b, c); }
static __device__ __forceinline__ int32_t min_i32(int32_t a, int32_t b) { return a < b ? a : b; }
extern "C" __global__ void __launch_bounds__(256, 1)
matmul_f32(const float* __restrict__ a_matrix, const float* __restrict__ b_matrix, float* c_matrix, int64_t m, int64_t n, int64_t k) {
  HIDET_SHARED_MEMORY(shared_memory);
  const int32_t m_2 = (int32_t)m;
  const int32_t n_2 = (int32_t)n;
  const int32_t k_2 = (int32_t)k;
  const int32_t at = (n_2 + 127) / 128;
  const int32_t at_2 = (k_2 + 7) / 8;
  const int32_t block = (int32_t)blockIdx.x;
  const int32_t at_3 = block / at;
  const int32_t at_4 = block % at;
  const int32_t thread = (int32_t)threadIdx.x;
  const int32_t y = at_3;
  const int32_t x = at_4;
  float* a = (float*)(shared_memory + 0);
  float* b = (float*)(shared_memory + 9216);
  float next_a[4];
  float next_b[4];
  float sums[64];
  #pragma unroll
  for (int32_t i = 0; i < 2; ++i) {
    #pragma unroll
    for (int32_t j = 0; j < 2; ++j) {
      const int32_t at_5 = i * 32 + j * 16;
      #pragma unroll
      for (int32_t i_2 = 0; i_2 < 4; ++i_2) {
        const int32_t at_6 = at_5 + i_2 * 4;
        #pragma unroll
        for (int32_t j_2 = 0; j_2 < 4; ++j_2) {
          sums[at_6 + j_2] = 0.0f;
        }
      }
    }
  }
  const int32_t at_5 = thread / 8;
  const int32_t at_6 = k_2 * y * 128 + k_2 * at_5;
  const int32_t at_7 = thread % 8;
  const int32_t at_8 = y * 128 + at_5;
  const bool c = at_7 < k_2;
  const int32_t at_9 = at_5 * 9;
  const int32_t at_10 = at_7 + at_9;
  for (int32_t i = 0; i < 4; ++i) {
    a[at_10 + i * 288] = (at_8 + i * 32 < m_2 && c ? a_matrix[at_6 + k_2 * i * 32 + at_7] : 0.0f);
  }
  const int32_t at_11 = n_2 * (thread / 128);
  const int32_t at_12 = thread % 128;
  const bool c_2 = x * 128 + at_12 < n_2;
  for (int32_t i = 0; i < 4; ++i) {
    b[thread + i * 256] = (i * 2 + 1 < k_2 && c_2 ? b_matrix[n_2 * i * 2 + at_11 + x * 128 + at_12] : 0.0f);
  }
  __syncthreads();
  const int32_t at_13 = at_5 % 4;
  const int32_t at_14 = at_13 * 36;
  const int32_t at_15 = thread / 64;
  const int32_t at_16 = at_15 * 288;
  const int32_t at_17 = at_7 * 4;
  const int32_t at_18 = thread / 32 % 2 * 64;
  for (int32_t t = 0; t < at_2; ++t) {
    const bool c_3 = t * 8 + at_7 + 8 < k_2;
    #pragma unroll
    for (int32_t i = 0; i < 4; ++i) {
      next_a[i] = (at_8 + i * 32 < m_2 && c_3 ? a_matrix[at_6 + k_2 * i * 32 + t * 8 + at_7 + 8] : 0.0f);
    }
    const int32_t at_19 = n_2 * 8 + n_2 * t * 8 + at_11;
    #pragma unroll
    for (int32_t i = 0; i < 4; ++i) {
      next_b[i] = (t * 8 + i * 2 + 9 < k_2 && c_2 ? b_matrix[at_19 + n_2 * i * 2 + x * 128 + at_12] : 0.0f);
    }
    const int32_t at_20 = t % 2;
    const int32_t at_21 = at_20 * 1152;
    const int32_t at_22 = at_20 * 1024;
    #pragma unroll
    for (int32_t q = 0; q < 8; ++q) {
      float a_column[8];
      float b_row[8];
      const int32_t at_23 = at_21 + q + at_14 + at_16;
      #pragma unroll
      for (int32_t i = 0; i < 2; ++i) {
        const int32_t at_24 = at_23 + i * 144;
        #pragma unroll
        for (int32_t i_2 = 0; i_2 < 4; ++i_2) {
          a_column[i * 4 + i_2] = a[at_24 + i_2 * 9];
        }
      }
      #pragma unroll
      for (int32_t j = 0; j < 2; ++j) {
        alignas(16) float b_v[4];
        store_f32x4(b_v, load_f32x4(b + (q * 128 + j * 32 + at_17 + at_22 + at_18)));
        #pragma unroll
        for (int32_t j_2 = 0; j_2 < 4; ++j_2) {
          b_row[j * 4 + j_2] = b_v[j_2];
        }
      }
      #pragma unroll
      for (int32_t i = 0; i < 2; ++i) {
        #pragma unroll
        for (int32_t j = 0; j < 2; ++j) {
          const int32_t at_24 = i * 32 + j * 16;
          #pragma unroll
          for (int32_t i_2 = 0; i_2 < 4; ++i_2) {
            const int32_t at_25 = at_24 + i_2 * 4;
            #pragma unroll
            for (int32_t j_2 = 0; j_2 < 4; ++j_2) {
              const int32_t at_26 = at_25 + j_2;
              sums[at_26] = fma_f32(a_column[i * 4 + i_2], b_row[j * 4 + j_2], sums[at_26]);
            }
          }
        }
      }
    }
    const int32_t at_23 = (t + 1) % 2;
    const int32_t at_24 = at_23 * 1152 + at_7 + at_9;
    #pragma unroll
    for (int32_t i = 0; i < 4; ++i) {
      a[at_24 + i * 288] = next_a[i];
    }
    const int32_t at_25 = at_23 * 1024 + thread;
    #pragma unroll
    for (int32_t i = 0; i < 4; ++i) {
      b[at_25 + i * 256] = next_b[i];
    }
    __syncthreads();
  }
  const int32_t at_19 = at_13 * 4 + at_15 * 32;
  const int32_t at_20 = min_i32(m_2 - y * 128, 128);
  const int32_t at_21 = at_17 + at_18;
  const int32_t at_22 = min_i32(n_2 - x * 128, 128);
  const int32_t at_23 = n_2 * at_13 * 4;
  const int32_t at_24 = n_2 * at_15 * 32;
  #pragma unroll
  for (int32_t i = 0; i < 2; ++i) {
    const bool c_3 = at_19 + i * 16 + 3 < at_20;
    const int32_t at_25 = n_2 * y * 128 + n_2 * i * 16;
    #pragma unroll
    for (int32_t j = 0; j < 2; ++j) {
      const bool c_4 = c_3 && at_21 + j * 32 + 3 < at_22;
      const int32_t at_26 = i * 32 + j * 16;
      #pragma unroll
      for (int32_t i_2 = 0; i_2 < 4; ++i_2) {
        if (c_4) {
          alignas(16) float c_matrix_v[4];
          const int32_t at_27 = at_26 + i_2 * 4;
          #pragma unroll
          for (int32_t j_2 = 0; j_2 < 4; ++j_2) {
            c_matrix_v[j_2] = sums[at_27 + j_2];
          }
          store_f32x4(c_matrix + (at_25 + n_2 * i_2 + at_23 + at_24 + x * 128 + j * 32 + at_17 + at_18), load_f32x4(c_matrix_v));
        }
      }
    }
  }
}
