namespace hidet_matmul_bias_gelu_f32 {
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef float f32x16 __attribute__((vector_size(64)));
typedef f32x16 f32x16_unaligned __attribute__((aligned(4), may_alias));
typedef int32_t i32x16 __attribute__((vector_size(64)));
#define INLINE static inline __attribute__((always_inline))
INLINE int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE f32x16 broadcast_f32x16(float x) { return x - (f32x16){}; }
INLINE f32x16 load_f32x16(const float* p) { return *(const f32x16_unaligned*)p; }
#ifdef __clang__
INLINE f32x16 fma_f32x16(f32x16 a, f32x16 b, f32x16 c) { return __builtin_elementwise_fma(a, b, c); }
#else
INLINE f32x16 fma_f32x16(f32x16 a, f32x16 b, f32x16 c) { return __builtin_ia32_vfmaddps512_mask(a, b, c, (unsigned short)-1, 4); }
#endif
INLINE void store_f32x16(float* p, f32x16 x) { *(f32x16_unaligned*)p = x; }
INLINE int64_t floordiv_i64(int64_t a, int64_t b) { return (int64_t)(a / b - (a % b != 0 && (a ^ b) < 0)); }
INLINE f32x16 abs_f32x16(f32x16 x) { return (f32x16)((i32x16)x & 0x7fffffff); }
INLINE f32x16 min_f32x16(f32x16 a, f32x16 b) { return a < b ? a : b; }
INLINE f32x16 load_first_f32x16(const float* p, int64_t n) {
  return __builtin_ia32_loadups512_mask(p, (f32x16){}, (unsigned short)((1u << n) - 1));
}
INLINE void store_first_f32x16(float* p, f32x16 x, int64_t n) {
  __builtin_ia32_storeups512_mask(p, x, (unsigned short)((1u << n) - 1));
}
static __attribute__((noinline)) void matmul_bias_gelu_f32_epilogue(float* tile, float* c, const float* __restrict bias, const int64_t n, const int64_t row, const int64_t column, const int64_t rows) {
  const int64_t at_2 = min_i64(floordiv_i64(n - column, 16), 3);
  const int64_t at_3 = at_2 * 16;
  const int64_t at_4 = column + at_3;
  const bool c_2 = n < column + 48 && at_4 < n;
  const int32_t at_5 = (int32_t)min_i64(n - column - at_3, 16);
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t at_6 = n * row + n * i + column;
    for (int64_t j = 0; j < at_2; ++j) {
      const f32x16 t = load_f32x16(tile + (i * 48 + j * 16)) + load_f32x16(bias + (column + j * 16));
      const f32x16 t_2 = t * 0.70710677f;
      const f32x16 t_3 = abs_f32x16(t_2);
      const f32x16 t_4 = t_2 * t_2;
      const f32x16 t_5 = fma_f32x16(fma_f32x16(broadcast_f32x16(7.99665e-05f), t_4, broadcast_f32x16(-0.00080497697f)), t_4, broadcast_f32x16(0.005192405f));
      const f32x16 t_6 = fma_f32x16(fma_f32x16(fma_f32x16(fma_f32x16(fma_f32x16(t_5, t_4, broadcast_f32x16(-0.026855731f)), t_4, broadcast_f32x16(0.11283626f)), t_4, broadcast_f32x16(-0.3761263f)), t_4, broadcast_f32x16(0.12837917f)), t_2, t_2);
      const f32x16 t_7 = min_f32x16(broadcast_f32x16(4.0f), t_3);
      const f32x16 t_8 = fma_f32x16(broadcast_f32x16(1.0429016e-05f), t_7, broadcast_f32x16(-0.00031482783f));
      const f32x16 t_9 = fma_f32x16(fma_f32x16(fma_f32x16(fma_f32x16(fma_f32x16(t_8, t_7, broadcast_f32x16(0.0036102545f)), t_7, broadcast_f32x16(-0.023694443f)), t_7, broadcast_f32x16(0.106158964f)), t_7, broadcast_f32x16(0.63519806f)), t_7, broadcast_f32x16(1.1286371f));
      const f32x16 t_10 = -(t_7 * t_9);
      const f32x16 t_11 = fma_f32x16(t_10, broadcast_f32x16(1.442695f), broadcast_f32x16(12583039.0f));
      const f32x16 t_12 = t_11 - 12583039.0f;
      const f32x16 t_13 = fma_f32x16(t_12, broadcast_f32x16(-0.6931472f), t_10);
      const f32x16 t_14 = fma_f32x16(t_12, broadcast_f32x16(1.9046542e-09f), t_13);
      const f32x16 t_15 = fma_f32x16(fma_f32x16(fma_f32x16(fma_f32x16(broadcast_f32x16(0.0013820734f), t_14, broadcast_f32x16(0.008368677f)), t_14, broadcast_f32x16(0.041668266f)), t_14, broadcast_f32x16(0.16666521f)), t_14, broadcast_f32x16(0.49999994f));
      const f32x16 t_16 = (f32x16)((i32x16)t_11 << 23);
      store_f32x16(c + (at_6 + j * 16), t * 0.5f * ((t_3 < 0.92f ? t_6 : (f32x16)((i32x16)fma_f32x16(-fma_f32x16(t_14 * t_14, t_15, t_14), t_16, 1.0f - t_16) | (i32x16)t_2 & (-2147483647 - 1))) + 1.0f));
    }
    if (c_2) {
      const f32x16 t = load_first_f32x16(tile + (i * 48 + at_3), at_5) + load_first_f32x16(bias + at_4, at_5);
      const f32x16 t_2 = t * 0.70710677f;
      const f32x16 t_3 = abs_f32x16(t_2);
      const f32x16 t_4 = t_2 * t_2;
      const f32x16 t_5 = fma_f32x16(fma_f32x16(broadcast_f32x16(7.99665e-05f), t_4, broadcast_f32x16(-0.00080497697f)), t_4, broadcast_f32x16(0.005192405f));
      const f32x16 t_6 = fma_f32x16(fma_f32x16(fma_f32x16(fma_f32x16(fma_f32x16(t_5, t_4, broadcast_f32x16(-0.026855731f)), t_4, broadcast_f32x16(0.11283626f)), t_4, broadcast_f32x16(-0.3761263f)), t_4, broadcast_f32x16(0.12837917f)), t_2, t_2);
      const f32x16 t_7 = min_f32x16(broadcast_f32x16(4.0f), t_3);
      const f32x16 t_8 = fma_f32x16(broadcast_f32x16(1.0429016e-05f), t_7, broadcast_f32x16(-0.00031482783f));
      const f32x16 t_9 = fma_f32x16(fma_f32x16(fma_f32x16(fma_f32x16(fma_f32x16(t_8, t_7, broadcast_f32x16(0.0036102545f)), t_7, broadcast_f32x16(-0.023694443f)), t_7, broadcast_f32x16(0.106158964f)), t_7, broadcast_f32x16(0.63519806f)), t_7, broadcast_f32x16(1.1286371f));
      const f32x16 t_10 = -(t_7 * t_9);
      const f32x16 t_11 = fma_f32x16(t_10, broadcast_f32x16(1.442695f), broadcast_f32x16(12583039.0f));
      const f32x16 t_12 = t_11 - 12583039.0f;
      const f32x16 t_13 = fma_f32x16(t_12, broadcast_f32x16(-0.6931472f), t_10);
      const f32x16 t_14 = fma_f32x16(t_12, broadcast_f32x16(1.9046542e-09f), t_13);
      const f32x16 t_15 = fma_f32x16(fma_f32x16(fma_f32x16(fma_f32x16(broadcast_f32x16(0.0013820734f), t_14, broadcast_f32x16(0.008368677f)), t_14, broadcast_f32x16(0.041668266f)), t_14, broadcast_f32x16(0.16666521f)), t_14, broadcast_f32x16(0.49999994f));
      const f32x16 t_16 = (f32x16)((i32x16)t_11 << 23);
      store_first_f32x16(c + (at_6 + at_3), t * 0.5f * ((t_3 < 0.92f ? t_6 : (f32x16)((i32x16)fma_f32x16(-fma_f32x16(t_14 * t_14, t_15, t_14), t_16, 1.0f - t_16) | (i32x16)t_2 & (-2147483647 - 1))) + 1.0f), at_5);
    }
  }
}
extern "C" void matmul_bias_gelu_f32(void* const* buffers, const int64_t* sizes, int64_t begin,
                                     int64_t end, void* scratch, int32_t* status) {
  const float* __restrict packed = (const float* __restrict)buffers[0];
  const float* __restrict a = (const float* __restrict)buffers[1];
  const float* __restrict bias = (const float* __restrict)buffers[2];
  float* c = (float*)buffers[3];
  const int64_t m = sizes[0];
  const int64_t n = sizes[1];
  const int64_t k = sizes[2];
  const int64_t at = (m + 1) / 2;
  for (int64_t task = begin; task < end; ++task) {
    const int64_t panel = task / at;
    const int64_t strip = task % at;
    const int64_t row = strip * 2;
    const int64_t column = panel * 48;
    const int64_t rows = min_i64(m - row, 2);
    alignas(64) float tile[96];
    if (rows == 2) {
      f32x16 sums[6];
      #pragma GCC unroll 2
      for (int64_t i = 0; i < 2; ++i) {
        #pragma GCC unroll 3
        for (int64_t j = 0; j < 3; ++j) {
          sums[i * 3 + j] = broadcast_f32x16(0.0f);
        }
      }
      for (int64_t q = 0; q < k; ++q) {
        f32x16 b_row[3];
        const int64_t at_2 = k * panel * 48 + q * 48;
        #pragma GCC unroll 3
        for (int64_t j = 0; j < 3; ++j) {
          b_row[j] = load_f32x16(packed + (at_2 + j * 16));
        }
        #pragma GCC unroll 2
        for (int64_t i = 0; i < 2; ++i) {
          const float x = a[k * row + k * i + q];
          #pragma GCC unroll 3
          for (int64_t j = 0; j < 3; ++j) {
            sums[i * 3 + j] = fma_f32x16(broadcast_f32x16(x), b_row[j], sums[i * 3 + j]);
          }
        }
      }
      #pragma GCC unroll 2
      for (int64_t i = 0; i < 2; ++i) {
        #pragma GCC unroll 3
        for (int64_t j = 0; j < 3; ++j) {
          store_f32x16(tile + (i * 48 + j * 16), sums[i * 3 + j]);
        }
      }
    } else {
      f32x16 sums[3];
      #pragma GCC unroll 3
      for (int64_t j = 0; j < 3; ++j) {
        sums[j] = broadcast_f32x16(0.0f);
      }
      for (int64_t q = 0; q < k; ++q) {
        f32x16 b_row[3];
        const int64_t at_2 = k * panel * 48 + q * 48;
        #pragma GCC unroll 3
        for (int64_t j = 0; j < 3; ++j) {
          b_row[j] = load_f32x16(packed + (at_2 + j * 16));
        }
        const float x = a[k * row + q];
        #pragma GCC unroll 3
        for (int64_t j = 0; j < 3; ++j) {
          sums[j] = fma_f32x16(broadcast_f32x16(x), b_row[j], sums[j]);
        }
      }
      #pragma GCC unroll 3
      for (int64_t j = 0; j < 3; ++j) {
        store_f32x16(tile + j * 16, sums[j]);
      }
    }
    matmul_bias_gelu_f32_epilogue(tile, c, bias, n, row, column, rows);
  }
}
}
