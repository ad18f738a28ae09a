namespace hidet_row_max_bf16 {
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT16_TYPE__ uint16_t;
typedef float f32x8 __attribute__((vector_size(32)));
typedef int32_t i32x8 __attribute__((vector_size(32)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));
typedef u16x8 u16x8_unaligned __attribute__((aligned(2), may_alias));
typedef __UINT32_TYPE__ uint32_t;
typedef uint32_t u32x8 __attribute__((vector_size(32)));
typedef float f32x4 __attribute__((vector_size(16)));
typedef float f32x2 __attribute__((vector_size(8)));
#define INLINE static inline __attribute__((always_inline))
INLINE f32x8 broadcast_f32x8(float x) { return x - (f32x8){}; }
INLINE u16x8 load_u16x8(const uint16_t* p) { return *(const u16x8_unaligned*)p; }
INLINE f32x8 f32_from_bf16x8(u16x8 x) { return (f32x8)(__builtin_convertvector(x, u32x8) << 16); }
INLINE f32x8 max_f32x8(f32x8 a, f32x8 b) { return a > b ? a : b; }
INLINE f32x4 low_f32x8(f32x8 x) { return __builtin_shufflevector(x, x, 0, 1, 2, 3); }
INLINE f32x4 high_f32x8(f32x8 x) { return __builtin_shufflevector(x, x, 4, 5, 6, 7); }
INLINE f32x2 low_f32x4(f32x4 x) { return __builtin_shufflevector(x, x, 0, 1); }
INLINE f32x2 high_f32x4(f32x4 x) { return __builtin_shufflevector(x, x, 2, 3); }
INLINE float max_lanes_f32x2(f32x2 x) { return x[0] != x[0] ? x[0] : x[0] > x[1] ? x[0] : x[1]; }
INLINE float max_lanes_f32x4(f32x4 x) {
  f32x2 a = low_f32x4(x), b = high_f32x4(x), c = a > b ? a : b;
  return max_lanes_f32x2(a != a ? a : c);
}
INLINE float max_lanes_f32x8(f32x8 x) {
  f32x4 a = low_f32x8(x), b = high_f32x8(x), c = a > b ? a : b;
  return max_lanes_f32x4(a != a ? a : c);
}
extern "C" void row_max_bf16(void* const* buffers, const int64_t* sizes, int64_t begin,
                             int64_t end, void* scratch, int32_t* status) {
  const uint16_t* __restrict x = (const uint16_t* __restrict)buffers[0];
  float* y = (float*)buffers[1];
  const int64_t m = sizes[0];
  for (int64_t task = begin; task < end; ++task) {
    f32x8 tops[1];
    float top[1];
    tops[0] = broadcast_f32x8(-__builtin_inff());
    for (int64_t v = 0; v < 8; ++v) {
      const f32x8 before = tops[0];
      tops[0] = before != before ? before : max_f32x8(before, f32_from_bf16x8(load_u16x8(x + (v * 8 + task * 64))));
    }
    top[0] = max_lanes_f32x8(tops[0]);
    y[task] = top[0];
  }
}
}
