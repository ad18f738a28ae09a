#include "prelude/cuda_emulated.h"

#include "base/format.h"
#include "base/sha256.h"
#include "prelude/cuda_emulated_instructions.h"
#include "prelude/emulator_interface.h"

namespace hidet {

namespace {

// HIDET_EMULATED functions talk to the emulator: their own accesses are not seen, HIDET_SITE in
// them is the place in the kernel that calls them.
constexpr std::string_view kTypes = R"(
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(bytes) alignas(bytes)
#define __restrict__
#define HIDET_INLINE static inline
#define HIDET_EMULATED static __attribute__((noinline, no_sanitize("thread")))
#define HIDET_SITE __builtin_return_address(0)
template <class T, int N> struct alignas(sizeof(T) * N) vec { T x[N]; };
)";

// Built by -fsanitize=thread and bounds, a kernel calls these before its accesses, and for an index
// outside of a local array. They are not the sanitizers' libraries: nothing of those is linked.
constexpr std::string_view kAccesses = R"(
static const EmulatorInterface* hidet_emulator;
#define HIDET_CALLBACK extern "C" __attribute__((visibility("hidden"), no_sanitize("thread")))
extern "C" __attribute__((no_sanitize("thread")))
void hidet_emulator_attach(const EmulatorInterface* emulator) { hidet_emulator = emulator; }
#define HIDET_ACCESS(bytes) \
  HIDET_CALLBACK void __tsan_read##bytes(void* p) { hidet_emulator->read(p, bytes, HIDET_SITE); } \
  HIDET_CALLBACK void __tsan_write##bytes(void* p) { hidet_emulator->write(p, bytes, HIDET_SITE); } \
  HIDET_CALLBACK void __tsan_unaligned_read##bytes(void* p) { hidet_emulator->read(p, bytes, HIDET_SITE); } \
  HIDET_CALLBACK void __tsan_unaligned_write##bytes(void* p) { hidet_emulator->write(p, bytes, HIDET_SITE); }
HIDET_ACCESS(1) HIDET_ACCESS(2) HIDET_ACCESS(4) HIDET_ACCESS(8) HIDET_ACCESS(16)
HIDET_CALLBACK void __tsan_read_range(void* p, long n) { hidet_emulator->read_range(p, n, HIDET_SITE); }
HIDET_CALLBACK void __tsan_write_range(void* p, long n) { hidet_emulator->write_range(p, n, HIDET_SITE); }
HIDET_CALLBACK void __ubsan_handle_out_of_bounds(void*, void*) { hidet_emulator->bad_index(HIDET_SITE); }
HIDET_CALLBACK void __tsan_init() {}
HIDET_CALLBACK void __tsan_func_entry(void*) {}
HIDET_CALLBACK void __tsan_func_exit() {}
)";

constexpr std::string_view kThreads = R"(
HIDET_EMULATED EmulatedPoint hidet_thread_index() { return hidet_emulator->thread()->thread_index; }
HIDET_EMULATED EmulatedPoint hidet_block_index() { return hidet_emulator->thread()->block_index; }
HIDET_EMULATED EmulatedPoint hidet_block_size() { return hidet_emulator->thread()->block_size; }
HIDET_EMULATED EmulatedPoint hidet_grid_size() { return hidet_emulator->thread()->grid_size; }
HIDET_EMULATED unsigned char* hidet_shared_memory() { return hidet_emulator->thread()->shared; }
#define threadIdx hidet_thread_index()
#define blockIdx hidet_block_index()
#define blockDim hidet_block_size()
#define gridDim hidet_grid_size()
#define HIDET_SHARED_MEMORY(name) unsigned char* const name = hidet_shared_memory()
#define warpSize 32
HIDET_EMULATED void __syncthreads() { hidet_emulator->barrier(0, 0, HIDET_SITE); }
HIDET_EMULATED void __syncwarp(uint32_t mask = 0xffffffffu) { hidet_emulator->sync_warp(mask, HIDET_SITE); }
HIDET_EMULATED void __trap() { hidet_emulator->trap(HIDET_SITE); }
static inline void __threadfence() {}
static inline void __threadfence_block() {}
template <class T> static inline __attribute__((always_inline))
T hidet_shuffle(int32_t kind, uint32_t mask, T value, int32_t operand, int32_t width, void* site) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "32 or 64 bits are exchanged");
  uint32_t parts[sizeof(T) / 4];
  __builtin_memcpy(parts, &value, sizeof(T));
  for (uint32_t& part : parts)
    part = hidet_emulator->shuffle(kind, mask, part, operand, width, site);
  __builtin_memcpy(&value, parts, sizeof(T));
  return value;
}
#define HIDET_SHUFFLE(name, kind) \
  template <class T> HIDET_EMULATED T name(uint32_t mask, T value, int32_t operand, int32_t width = 32) { \
    return hidet_shuffle(kind, mask, value, operand, width, HIDET_SITE); \
  }
HIDET_SHUFFLE(__shfl_xor_sync, 0)
HIDET_SHUFFLE(__shfl_up_sync, 1)
HIDET_SHUFFLE(__shfl_down_sync, 2)
HIDET_SHUFFLE(__shfl_sync, 3)
HIDET_EMULATED uint32_t __ballot_sync(uint32_t mask, int predicate) { return hidet_emulator->ballot(mask, predicate, HIDET_SITE); }
HIDET_EMULATED int __any_sync(uint32_t mask, int predicate) { return hidet_emulator->ballot(mask, predicate, HIDET_SITE) != 0; }
HIDET_EMULATED int __all_sync(uint32_t mask, int predicate) { return hidet_emulator->ballot(mask, predicate, HIDET_SITE) == mask; }
)";

constexpr std::string_view kAtomics = R"(
#define HIDET_ATOMIC(name, update) \
  template <class T> HIDET_EMULATED T name(T* address, T operand) { \
    hidet_emulator->atomic(address, sizeof(T), HIDET_SITE); \
    T before, after; \
    __atomic_load(address, &before, __ATOMIC_RELAXED); \
    do { after = update; } \
    while (!__atomic_compare_exchange(address, &before, &after, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)); \
    return before; \
  }
template <class T> struct hidet_same { typedef T type; };
HIDET_ATOMIC(hidet_atomic_add, before + operand)
HIDET_ATOMIC(hidet_atomic_exchange, operand)
HIDET_ATOMIC(hidet_atomic_min, before < operand ? before : operand)
HIDET_ATOMIC(hidet_atomic_max, before > operand ? before : operand)
HIDET_ATOMIC(hidet_atomic_and, before & operand)
HIDET_ATOMIC(hidet_atomic_or, before | operand)
HIDET_ATOMIC(hidet_atomic_xor, before ^ operand)
)";

constexpr std::string_view kMath = R"(
static inline float __uint_as_float(uint32_t x) { return __builtin_bit_cast(float, x); }
static inline uint32_t __float_as_uint(float x) { return __builtin_bit_cast(uint32_t, x); }
static inline float __int_as_float(int32_t x) { return __builtin_bit_cast(float, x); }
static inline int32_t __float_as_int(float x) { return __builtin_bit_cast(int32_t, x); }
static inline double __longlong_as_double(int64_t x) { return __builtin_bit_cast(double, x); }
static inline int64_t __double_as_longlong(double x) { return __builtin_bit_cast(int64_t, x); }
#define HIDET_UNARY(name) extern "C" double name(double); extern "C" float name##f(float);
#define HIDET_BINARY(name) extern "C" double name(double, double); extern "C" float name##f(float, float);
HIDET_UNARY(exp) HIDET_UNARY(exp2) HIDET_UNARY(expm1) HIDET_UNARY(log) HIDET_UNARY(log2)
HIDET_UNARY(log10) HIDET_UNARY(log1p) HIDET_UNARY(sin) HIDET_UNARY(cos) HIDET_UNARY(tan)
HIDET_UNARY(asin) HIDET_UNARY(acos) HIDET_UNARY(atan) HIDET_UNARY(sinh) HIDET_UNARY(cosh)
HIDET_UNARY(tanh) HIDET_UNARY(asinh) HIDET_UNARY(acosh) HIDET_UNARY(atanh) HIDET_UNARY(erf)
HIDET_UNARY(erfc) HIDET_UNARY(sqrt) HIDET_UNARY(fabs) HIDET_UNARY(rint) HIDET_UNARY(floor)
HIDET_UNARY(ceil) HIDET_UNARY(trunc)
HIDET_BINARY(fmod) HIDET_BINARY(atan2) HIDET_BINARY(pow)
extern "C" double fma(double, double, double);
extern "C" float fmaf(float, float, float);
static inline int __popc(uint32_t x) { return __builtin_popcount(x); }
static inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(static_cast<uint32_t>(x)); }
static inline float rsqrtf(float x) { return 1 / sqrtf(x); }
)";

// atomicAdd(&x, 1) converts as CUDA's overloads do.
constexpr std::string_view kAtomicNames[][2] = {
    {"atomicAdd", "add"}, {"atomicExch", "exchange"}, {"atomicMin", "min"}, {"atomicMax", "max"},
    {"atomicAnd", "and"}, {"atomicOr", "or"},         {"atomicXor", "xor"}};

constexpr std::string_view kCall = R"(
template <class A> HIDET_EMULATED A hidet_argument(uint64_t value) {
  if constexpr (__is_class(A)) return *reinterpret_cast<const A*>(value);
  else return (A)value;
}
template <int... I> struct hidet_numbers {};
template <int N, int... I> struct hidet_count : hidet_count<N - 1, N - 1, I...> {};
template <int... I> struct hidet_count<0, I...> { typedef hidet_numbers<I...> type; };
template <class... A, int... I>
HIDET_EMULATED void hidet_call(void (*kernel)(A...), const uint64_t* arguments, hidet_numbers<I...>) {
  kernel(hidet_argument<A>(arguments[I])...);
}
template <class... A>
HIDET_EMULATED void hidet_call(void (*kernel)(A...), const uint64_t* arguments) {
  hidet_call(kernel, arguments, typename hidet_count<sizeof...(A)>::type());
}
)";

}  // namespace

std::string cuda_prelude_emulated() {
  std::string text;
  for (const std::string_view part :
       {kTypes, kEmulatorInterfaceText, kAccesses, kThreads, kAtomics})
    (text += part) += "\n";
  for (const auto& [name, operation] : kAtomicNames)
    text += hidet::format("#define {} hidet_atomic_{}\n", name, operation);
  return text + std::string(kMath) + std::string(kCall);
}

std::string emulated_kernel_text(const std::string& symbol, std::string_view text) {
  // The kernel's own function has C linkage: kernels of one unit need names of their own.
  const std::string unique = symbol + "_" + sha256_hex(text).substr(0, 16);
  return hidet::format(
      "{0}\n#define {1} {2}\n#line 1 \"{1}\"\n{3}\n"
      "extern \"C\" void {1}_emulated(const uint64_t* arguments) {{\n"
      "  hidet_call(&{1}, arguments);\n}}\n#undef {1}\n",
      cuda_emulated_instructions(text), symbol, unique, text);
}

}  // namespace hidet
