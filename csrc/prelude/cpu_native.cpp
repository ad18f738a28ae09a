#include "prelude/cpu_helpers.h"

namespace hidet {

namespace {

// The names of GCC's builtins and of clang's differ only for the fused multiply-add.
#define HIDET_FMA(gcc)                                                                 \
  "#ifdef __clang__\n"                                                                 \
  "INLINE $V $NAME($V a, $V b, $V c) { return __builtin_elementwise_fma(a, b, c); }\n" \
  "#else\n"                                                                            \
  "INLINE $V $NAME($V a, $V b, $V c) { return " gcc                                    \
  "; }\n"                                                                              \
  "#endif\n"
#define HIDET_UNARY(expression) "INLINE $V $NAME($V x) { return " expression "; }\n"

}  // namespace

const std::vector<NativeHelper>& native_helpers() {
  using enum DType;
  static const std::vector<NativeHelper> table = {
      {"fma", f32, 16, "avx512f",
       HIDET_FMA("__builtin_ia32_vfmaddps512_mask(a, b, c, (unsigned short)-1, 4)")},
      {"fma", f64, 8, "avx512f",
       HIDET_FMA("__builtin_ia32_vfmaddpd512_mask(a, b, c, (unsigned char)-1, 4)")},
      {"fma", f32, 8, "fma", HIDET_FMA("__builtin_ia32_vfmaddps256(a, b, c)")},
      {"fma", f64, 4, "fma", HIDET_FMA("__builtin_ia32_vfmaddpd256(a, b, c)")},
      {"fma", f32, 4, "fma", HIDET_FMA("__builtin_ia32_vfmaddps(a, b, c)")},
      {"fma", f64, 2, "fma", HIDET_FMA("__builtin_ia32_vfmaddpd(a, b, c)")},
      {"fma", f32, 1, "fma",
       "INLINE $V $NAME($V a, $V b, $V c) { return __builtin_fmaf(a, b, c); }\n"},
      {"fma", f64, 1, "fma",
       "INLINE $V $NAME($V a, $V b, $V c) { return __builtin_fma(a, b, c); }\n"},

      {"sqrt", f32, 16, "avx512f",
       HIDET_UNARY("__builtin_ia32_sqrtps512_mask(x, x, (unsigned short)-1, 4)")},
      {"sqrt", f64, 8, "avx512f",
       HIDET_UNARY("__builtin_ia32_sqrtpd512_mask(x, x, (unsigned char)-1, 4)")},
      {"sqrt", f32, 8, "avx2", HIDET_UNARY("__builtin_ia32_sqrtps256(x)")},
      {"sqrt", f64, 4, "avx2", HIDET_UNARY("__builtin_ia32_sqrtpd256(x)")},

      {"round", f32, 16, "avx512f",
       HIDET_UNARY("__builtin_ia32_rndscaleps_mask(x, 8, x, (unsigned short)-1, 4)")},
      {"floor", f32, 16, "avx512f",
       HIDET_UNARY("__builtin_ia32_rndscaleps_mask(x, 9, x, (unsigned short)-1, 4)")},
      {"ceil", f32, 16, "avx512f",
       HIDET_UNARY("__builtin_ia32_rndscaleps_mask(x, 10, x, (unsigned short)-1, 4)")},
      {"trunc", f32, 16, "avx512f",
       HIDET_UNARY("__builtin_ia32_rndscaleps_mask(x, 11, x, (unsigned short)-1, 4)")},
      {"round", f32, 8, "avx2", HIDET_UNARY("__builtin_ia32_roundps256(x, 8)")},
      {"floor", f32, 8, "avx2", HIDET_UNARY("__builtin_ia32_roundps256(x, 9)")},
      {"ceil", f32, 8, "avx2", HIDET_UNARY("__builtin_ia32_roundps256(x, 10)")},
      {"trunc", f32, 8, "avx2", HIDET_UNARY("__builtin_ia32_roundps256(x, 11)")},

      // A mask of the first n lanes.
      {"load_first", f32, 16, "avx512f",
       "INLINE $V $NAME(const float* p, $Size n) {\n"
       "  return __builtin_ia32_loadups512_mask(p, ($V){}, "
       "(unsigned short)((1u << n) - 1));\n}\n"},
      {"store_first", f32, 16, "avx512f",
       "INLINE void $NAME(float* p, $V x, $Size n) {\n"
       "  __builtin_ia32_storeups512_mask(p, x, (unsigned short)((1u << n) - 1));\n}\n"},
      {"load_first", f32, 8, "avx2",
       "INLINE $V $NAME(const float* p, $Size n) {\n"
       "  $I lane = {0, 1, 2, 3, 4, 5, 6, 7};\n"
       "  return __builtin_ia32_maskloadps256((const $V*)p, lane < (int)n);\n}\n"},
      {"store_first", f32, 8, "avx2",
       "INLINE void $NAME(float* p, $V x, $Size n) {\n"
       "  $I lane = {0, 1, 2, 3, 4, 5, 6, 7};\n"
       "  __builtin_ia32_maskstoreps256(($V*)p, lane < (int)n, x);\n}\n"},

      {"load_masked", f32, 16, "avx512f",
       "INLINE $V $NAME(const float* p, $I mask) {\n"
       "  return __builtin_ia32_loadups512_mask(p, ($V){}, "
       "__builtin_ia32_cvtd2mask512(mask));\n}\n"},
      {"store_masked", f32, 16, "avx512f",
       "INLINE void $NAME(float* p, $V x, $I mask) {\n"
       "  __builtin_ia32_storeups512_mask(p, x, __builtin_ia32_cvtd2mask512(mask));\n}\n"},
      {"load_masked", f32, 8, "avx2",
       "INLINE $V $NAME(const float* p, $I mask) {\n"
       "  return __builtin_ia32_maskloadps256((const $V*)p, mask);\n}\n"},
      {"store_masked", f32, 8, "avx2",
       "INLINE void $NAME(float* p, $V x, $I mask) {\n"
       "  __builtin_ia32_maskstoreps256(($V*)p, mask, x);\n}\n"},
      {"f32_from_f16", f32, 16, "avx512f",
       "INLINE $F $NAME($U16 x) {\n"
       "  typedef short bits __attribute__((vector_size(32)));\n"
       "  return __builtin_ia32_vcvtph2ps512_mask((bits)x, ($F){}, (unsigned short)-1, 4);\n}\n"},
      {"f16_from_f32", f32, 16, "avx512f",
       "INLINE $U16 $NAME($F x) {\n"
       "  typedef short bits __attribute__((vector_size(32)));\n"
       "  return ($U16)__builtin_ia32_vcvtps2ph512_mask(x, 0, (bits){}, (unsigned short)-1);\n}\n"},
      {"f32_from_f16", f32, 8, "f16c",
       "INLINE $F $NAME($U16 x) {\n"
       "  typedef short bits __attribute__((vector_size(16)));\n"
       "  return __builtin_ia32_vcvtph2ps256((bits)x);\n}\n"},
      {"f16_from_f32", f32, 8, "f16c",
       "INLINE $U16 $NAME($F x) { return ($U16)__builtin_ia32_vcvtps2ph256(x, 0); }\n"},
  };
  return table;
}

}  // namespace hidet
