// Types and their conversions.
#include "prelude/cuda_sections.h"

namespace hidet {

const CudaSection& cuda_types() {
  static const CudaSection section = {{}, R"(
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
#define HIDET_INLINE static __device__ __forceinline__
#define HIDET_SHARED_MEMORY(name) extern __shared__ __align__(1024) unsigned char name[]

struct half_t { uint16_t bits; };
struct bfloat16_t { uint16_t bits; };
template <class T, int N> struct alignas(sizeof(T) * N) vec { T x[N]; };

HIDET_INLINE float hidet_to_float(half_t x) {
  float y;
  asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
  return y;
}
HIDET_INLINE float hidet_to_float(bfloat16_t x) {
  return __uint_as_float(static_cast<uint32_t>(x.bits) << 16);
}
HIDET_INLINE half_t hidet_to_half(float x) {
  half_t y;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
  return y;
}
HIDET_INLINE bfloat16_t hidet_to_bfloat16(float x) {
  bfloat16_t y;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
  return y;
}
HIDET_INLINE float hidet_to_tf32(float x) {
  uint32_t y;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(y) : "f"(x));
  return __uint_as_float(y);
}
HIDET_INLINE uint32_t hidet_pack(half_t lo, half_t hi) {
  uint32_t y;
  asm("mov.b32 %0, {%1, %2};" : "=r"(y) : "h"(lo.bits), "h"(hi.bits));
  return y;
}
HIDET_INLINE uint32_t hidet_pack(bfloat16_t lo, bfloat16_t hi) {
  uint32_t y;
  asm("mov.b32 %0, {%1, %2};" : "=r"(y) : "h"(lo.bits), "h"(hi.bits));
  return y;
}
HIDET_INLINE uint32_t hidet_shared_address(const void* shared) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(shared));
}
)"};
  return section;
}

}  // namespace hidet
