namespace hidet_add_relu_f32 {
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef float f32x4 __attribute__((vector_size(16)));
typedef f32x4 f32x4_unaligned __attribute__((aligned(4), may_alias));
#define INLINE static inline __attribute__((always_inline))
INLINE f32x4 broadcast_f32x4(float x) { return x - (f32x4){}; }
INLINE f32x4 load_f32x4(const float* p) { return *(const f32x4_unaligned*)p; }
INLINE f32x4 max_f32x4(f32x4 a, f32x4 b) { return a > b ? a : b; }
INLINE void store_f32x4(float* p, f32x4 x) { *(f32x4_unaligned*)p = x; }
INLINE f32x4 load_first_f32x4(const float* p, int64_t n) {
  float x[4] = {};
  for (int64_t l = 0; l < n; ++l) x[l] = p[l];
  return load_f32x4(x);
}
INLINE void store_first_f32x4(float* p, f32x4 x, int64_t n) {
  for (int64_t l = 0; l < n; ++l) p[l] = x[l];
}
extern "C" void add_relu_f32(void* const* buffers, const int64_t* sizes, int64_t begin,
                             int64_t end, void* scratch, int32_t* status) {
  const float* __restrict x = (const float* __restrict)buffers[0];
  const float* __restrict bias = (const float* __restrict)buffers[1];
  float* y = (float*)buffers[2];
  const int64_t m = sizes[0];
  const int64_t n = sizes[1];
  const int64_t at = n / 4;
  const int64_t at_2 = at * 4;
  const bool c = at_2 < n;
  const int32_t at_3 = (int32_t)(n - at_2);
  for (int64_t task = begin; task < end; ++task) {
    for (int64_t j = 0; j < at; ++j) {
      const int64_t at_4 = n * task + j * 4;
      store_f32x4(y + at_4, max_f32x4(broadcast_f32x4(0.0f), load_f32x4(x + at_4) + load_f32x4(bias + j * 4)));
    }
    if (c) {
      const int64_t at_4 = n * task + at_2;
      store_first_f32x4(y + at_4, max_f32x4(broadcast_f32x4(0.0f), load_first_f32x4(x + at_4, at_3) + load_first_f32x4(bias + at_2, at_3)), at_3);
    }
  }
}
}
