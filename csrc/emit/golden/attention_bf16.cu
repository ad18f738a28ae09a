static __device__ __forceinline__ float max_f32(float a, float b) { return a > b ? a : b; }
static __device__ __forceinline__ float min_f32(float a, float b) { return a < b ? a : b; }
static __device__ __forceinline__ float fma_f32(float a, float b, float c) { return fmaf(a, b, c); }
static __device__ __forceinline__ uint16_t bf16_from_f32(float x) { return hidet_to_bfloat16(x).bits; }
static __device__ __forceinline__ int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
extern "C" __global__ void __launch_bounds__(128, 1)
attention_bf16(const uint16_t* __restrict__ q_matrix, const uint16_t* __restrict__ k_matrix, const uint16_t* __restrict__ v_matrix, float* o_matrix, int64_t heads, int64_t rows, int64_t keys) {
  HIDET_SHARED_MEMORY(shared_memory);
  const int64_t at = (keys + 63) / 64;
  const int64_t block = (int64_t)blockIdx.x;
  const int64_t at_2 = block / heads;
  const int64_t at_3 = block % heads;
  const int64_t thread = (int64_t)threadIdx.x;
  const int64_t i = at_2;
  const int64_t g = at_3;
  const int64_t steps = at;
  uint16_t* q = (uint16_t*)(shared_memory + 0);
  uint16_t* k = (uint16_t*)(shared_memory + 8192);
  uint16_t* v = (uint16_t*)(shared_memory + 24576);
  float o[32];
  float top[2];
  float sum[2];
  #pragma unroll
  for (int64_t j = 0; j < 8; ++j) {
    #pragma unroll
    for (int64_t i_2 = 0; i_2 < 2; ++i_2) {
      const int64_t at_4 = j * 4 + i_2 * 2;
      #pragma unroll
      for (int64_t j_2 = 0; j_2 < 2; ++j_2) {
        o[at_4 + j_2] = 0.0f;
      }
    }
  }
  #pragma unroll
  for (int64_t i_2 = 0; i_2 < 2; ++i_2) {
    top[i_2] = -__uint_as_float(0x7f800000u);
  }
  #pragma unroll
  for (int64_t i_2 = 0; i_2 < 2; ++i_2) {
    sum[i_2] = 0.0f;
  }
  const int64_t at_4 = rows * g * 64 + i * 4096;
  const int64_t at_5 = at_4 + thread * 8;
  const int64_t at_6 = thread / 8;
  const int64_t at_7 = at_6 % 8 * 8;
  for (int64_t i_2 = 0; i_2 < 4; ++i_2) {
    hidet_cp_async_16(q + (thread * 8 + i_2 * 1024 ^ at_7), q_matrix + (at_5 + i_2 * 1024), i * 64 + i_2 * 16 + at_6 < rows ? 16 : 0);
  }
  const int64_t at_8 = keys * g * 64 + thread * 8;
  for (int64_t i_2 = 0; i_2 < 4; ++i_2) {
    hidet_cp_async_16(k + (thread * 8 + i_2 * 1024 ^ at_7), k_matrix + (at_8 + i_2 * 1024), at_6 + i_2 * 16 < keys ? 16 : 0);
  }
  for (int64_t i_2 = 0; i_2 < 4; ++i_2) {
    hidet_cp_async_16(v + (thread * 8 + i_2 * 1024 ^ at_7), v_matrix + (at_8 + i_2 * 1024), at_6 + i_2 * 16 < keys ? 16 : 0);
  }
  hidet_cp_async_commit();
  const int64_t at_9 = thread / 32;
  const int64_t at_10 = at_9 * 1024;
  const int64_t at_11 = thread % 16 * 64;
  const int64_t at_12 = thread / 16 % 2;
  const int64_t at_13 = at_12 * 8;
  const int64_t at_14 = thread % 8;
  const int64_t at_15 = at_14 * 8;
  const int64_t at_16 = at_14 * 64;
  const int64_t at_17 = at_12 * 512;
  const int64_t at_18 = at_6 % 2 * 8;
  const int64_t at_19 = thread % 4 * 2;
  for (int64_t j = 0; j < steps; ++j) {
    hidet_cp_async_wait<0>();
    __syncthreads();
    if (j + 1 < steps) {
      const int64_t at_20 = keys * g * 64 + j * 4096 + thread * 8;
      const int64_t at_21 = (j + 1) % 2 * 4096 + thread * 8;
      const int64_t at_22 = j * 64 + at_6;
      for (int64_t i_2 = 0; i_2 < 4; ++i_2) {
        hidet_cp_async_16(k + (at_21 + i_2 * 1024 ^ at_7), k_matrix + (at_20 + i_2 * 1024 + 4096), at_22 + i_2 * 16 + 64 < keys ? 16 : 0);
      }
      for (int64_t i_2 = 0; i_2 < 4; ++i_2) {
        hidet_cp_async_16(v + (at_21 + i_2 * 1024 ^ at_7), v_matrix + (at_20 + i_2 * 1024 + 4096), at_22 + i_2 * 16 + 64 < keys ? 16 : 0);
      }
    }
    hidet_cp_async_commit();
    float x[32];
    #pragma unroll
    for (int64_t j_2 = 0; j_2 < 8; ++j_2) {
      #pragma unroll
      for (int64_t i_2 = 0; i_2 < 2; ++i_2) {
        const int64_t at_20 = j_2 * 4 + i_2 * 2;
        #pragma unroll
        for (int64_t j_3 = 0; j_3 < 2; ++j_3) {
          x[at_20 + j_3] = 0.0f;
        }
      }
    }
    const int64_t at_20 = j % 2 * 4096;
    #pragma unroll
    for (int64_t d = 0; d < 4; ++d) {
      alignas(4) uint16_t a_fragment[8];
      hidet_ldmatrix_x4((uint32_t*)(a_fragment), q + (d * 16 + at_10 + at_11 + at_13 ^ at_15));
      alignas(4) uint16_t b_fragment[32];
      const int64_t at_21 = d * 16 + at_20 + at_16 + at_17;
      #pragma unroll
      for (int64_t q_2 = 0; q_2 < 4; ++q_2) {
        hidet_ldmatrix_x4((uint32_t*)(b_fragment + q_2 * 8), k + (at_21 + q_2 * 1024 + at_18 ^ at_15));
      }
      #pragma unroll
      for (int64_t j_2 = 0; j_2 < 8; ++j_2) {
        hidet_mma_m16n8k16_bf16(x + j_2 * 4, (const uint32_t*)(a_fragment), (const uint32_t*)(b_fragment + j_2 * 4));
      }
    }
    const int64_t at_21 = j * 64 + at_19;
    #pragma unroll
    for (int64_t c = 0; c < 8; ++c) {
      const int64_t at_22 = at_21 + c * 8;
      #pragma unroll
      for (int64_t r = 0; r < 2; ++r) {
        const int64_t at_23 = c * 4 + r * 2;
        #pragma unroll
        for (int64_t c_2 = 0; c_2 < 2; ++c_2) {
          const int64_t at_24 = at_23 + c_2;
          const float s = x[at_24] * 0.125f;
          x[at_24] = at_22 + c_2 < keys ? s : -__uint_as_float(0x7f800000u);
        }
      }
    }
    float next[2];
    float scale[2];
    #pragma unroll
    for (int64_t i_2 = 0; i_2 < 2; ++i_2) {
      float part[1];
      part[0] = -__uint_as_float(0x7f800000u);
      #pragma unroll
      for (int64_t part_2 = 0; part_2 < 8; ++part_2) {
        const int64_t at_22 = i_2 * 2 + part_2 * 4;
        #pragma unroll
        for (int64_t part_3 = 0; part_3 < 2; ++part_3) {
          const float part_4 = part[0];
          part[0] = part_4 != part_4 ? part_4 : max_f32(part_4, x[at_22 + part_3]);
        }
      }
      const float part_2 = part[0];
      const float other = __shfl_xor_sync(0xffffffffu, part_2, 1);
      const float sum_2 = part_2 != part_2 ? part_2 : max_f32(part_2, other);
      const float other_2 = __shfl_xor_sync(0xffffffffu, sum_2, 2);
      const float sum_3 = sum_2 != sum_2 ? sum_2 : max_f32(sum_2, other_2);
      next[i_2] = sum_3;
    }
    #pragma unroll
    for (int64_t r = 0; r < 2; ++r) {
      const float next_2 = next[r];
      next[r] = next_2 != next_2 ? next_2 : max_f32(next_2, top[r]);
      const float t = min_f32(89.0f, max_f32(-104.0f, top[r] - next[r]));
      const float t_2 = fma_f32(t, 1.442695f, 12583166.0f);
      const float t_3 = t_2 - 12583166.0f;
      const float t_4 = fma_f32(t_3, 1.9046542e-09f, fma_f32(t_3, -0.6931472f, t));
      const float t_5 = fma_f32(fma_f32(fma_f32(0.0013820734f, t_4, 0.008368677f), t_4, 0.041668266f), t_4, 0.16666521f);
      const int32_t at_22 = (int32_t)__float_as_uint(t_2);
      const int32_t at_23 = at_22 >> 1;
      const float t_6 = fma_f32(fma_f32(fma_f32(t_5, t_4, 0.49999994f), t_4, 1.0f), t_4, 1.0f) * __uint_as_float((uint32_t)(at_23 << 23)) * __uint_as_float((uint32_t)(at_22 - at_23 << 23));
      scale[r] = t_6;
      top[r] = next[r];
    }
    alignas(4) uint16_t p[32];
    #pragma unroll
    for (int64_t c = 0; c < 8; ++c) {
      #pragma unroll
      for (int64_t r = 0; r < 2; ++r) {
        const int64_t at_22 = c * 4 + r * 2;
        #pragma unroll
        for (int64_t c_2 = 0; c_2 < 2; ++c_2) {
          const int64_t at_23 = at_22 + c_2;
          const float t = min_f32(89.0f, max_f32(-104.0f, x[at_23] - top[r]));
          const float t_2 = fma_f32(t, 1.442695f, 12583166.0f);
          const float t_3 = t_2 - 12583166.0f;
          const float t_4 = fma_f32(t_3, 1.9046542e-09f, fma_f32(t_3, -0.6931472f, t));
          const float t_5 = fma_f32(fma_f32(fma_f32(0.0013820734f, t_4, 0.008368677f), t_4, 0.041668266f), t_4, 0.16666521f);
          const int32_t at_24 = (int32_t)__float_as_uint(t_2);
          const int32_t at_25 = at_24 >> 1;
          const float t_6 = fma_f32(fma_f32(fma_f32(t_5, t_4, 0.49999994f), t_4, 1.0f), t_4, 1.0f) * __uint_as_float((uint32_t)(at_25 << 23)) * __uint_as_float((uint32_t)(at_24 - at_25 << 23));
          x[at_23] = t_6;
          p[at_23] = bf16_from_f32(x[at_23]);
          o[at_23] = o[at_23] * scale[r];
        }
      }
    }
    #pragma unroll
    for (int64_t i_2 = 0; i_2 < 2; ++i_2) {
      float part[1];
      part[0] = 0.0f;
      #pragma unroll
      for (int64_t part_2 = 0; part_2 < 8; ++part_2) {
        const int64_t at_22 = i_2 * 2 + part_2 * 4;
        #pragma unroll
        for (int64_t part_3 = 0; part_3 < 2; ++part_3) {
          part[0] = part[0] + x[at_22 + part_3];
        }
      }
      const float part_2 = part[0];
      const float other = __shfl_xor_sync(0xffffffffu, part_2, 1);
      const float sum_2 = part_2 + other;
      const float other_2 = __shfl_xor_sync(0xffffffffu, sum_2, 2);
      const float sum_3 = sum_2 + other_2;
      next[i_2] = sum_3;
    }
    #pragma unroll
    for (int64_t r = 0; r < 2; ++r) {
      sum[r] = sum[r] * scale[r] + next[r];
    }
    #pragma unroll
    for (int64_t d = 0; d < 4; ++d) {
      alignas(4) uint16_t b_fragment[32];
      const int64_t at_22 = at_20 + d * 1024 + at_11 + at_13;
      #pragma unroll
      for (int64_t q_2 = 0; q_2 < 4; ++q_2) {
        hidet_ldmatrix_x4_trans((uint32_t*)(b_fragment + q_2 * 8), v + (at_22 + q_2 * 16 ^ at_15));
      }
      #pragma unroll
      for (int64_t j_2 = 0; j_2 < 8; ++j_2) {
        hidet_mma_m16n8k16_bf16(o + j_2 * 4, (const uint32_t*)(p + d * 8), (const uint32_t*)(b_fragment + j_2 * 4));
      }
    }
  }
  #pragma unroll
  for (int64_t c = 0; c < 8; ++c) {
    #pragma unroll
    for (int64_t r = 0; r < 2; ++r) {
      const int64_t at_20 = c * 4 + r * 2;
      #pragma unroll
      for (int64_t c_2 = 0; c_2 < 2; ++c_2) {
        const int64_t at_21 = at_20 + c_2;
        o[at_21] = o[at_21] / sum[r];
      }
    }
  }
  const int64_t at_20 = thread / 4 % 8;
  const int64_t at_21 = at_20 + at_9 * 16;
  const int64_t at_22 = min_i64(rows - i * 64, 64);
  const int64_t at_23 = at_4 + at_19 + at_20 * 64 + at_10;
  #pragma unroll
  for (int64_t j = 0; j < 8; ++j) {
    const int64_t at_24 = at_23 + j * 8;
    #pragma unroll
    for (int64_t i_2 = 0; i_2 < 2; ++i_2) {
      const int64_t at_25 = j * 4 + i_2 * 2;
      const bool c = at_21 + i_2 * 8 < at_22;
      const int64_t at_26 = at_24 + i_2 * 512;
      #pragma unroll
      for (int64_t j_2 = 0; j_2 < 2; ++j_2) {
        if (c) {
          o_matrix[at_26 + j_2] = o[at_25 + j_2];
        }
      }
    }
  }
}
