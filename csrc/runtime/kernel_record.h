// KernelRecord: all that is known of a kernel when it is launched. It says nothing of the graph:
// its sizes are over the kernel's own size arguments, symbol i being the i-th of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/dtype.h"
#include "base/size_expr.h"

namespace hidet {

struct KernelArgument {
  enum class Kind : uint8_t {
    buffer,         // a data pointer
    size,           // int64
    scalar,         // double, its bits in an int64
    random_seed,    // int64, of Philox
    random_offset,  // int64, of Philox
  };
  Kind kind = Kind::buffer;
  DType dtype = DType::f32;  // of a buffer's elements
  bool written = false;      // a buffer
  bool operator==(const KernelArgument&) const = default;
};

// What a kernel takes for granted. Evaluated at each call; a kernel that does not hold gives way to
// the next variant.
struct Assumption {
  enum class Kind : uint8_t {
    aligned,    // the pointer of buffer argument `buffer` is a multiple of `number` bytes
    divisible,  // `size` is a multiple of `number`
    below       // `size` is less than `number`
  };
  Kind kind = Kind::aligned;
  int32_t buffer = 0;  // counts buffer arguments
  SizeExpr size;
  int64_t number = 1;
  bool operator==(const Assumption&) const = default;
};

// How a tensor map is made at a launch (runtime/tensor_map.h): an argument of the kernel that
// describes a buffer. Dimension 0 is the one that lies side by side.
struct TensorMapRecipe {
  int32_t buffer = 0;  // counts buffer arguments
  DType dtype = DType::f32;
  std::vector<SizeExpr> sizes;    // in elements
  std::vector<SizeExpr> strides;  // in elements, of dimensions 1, 2, ...
  std::vector<int64_t> box;       // in elements, what one load copies
  int32_t swizzle_bytes = 0;
  bool operator==(const TensorMapRecipe&) const = default;
};

// A CUDA launch, outermost axis last (x, y, z).
struct CudaLaunch {
  SizeExpr grid[3] = {1, 1, 1};
  SizeExpr cluster[3] = {1, 1, 1};
  SizeExpr block[3] = {1, 1, 1};
  SizeExpr dynamic_shared_bytes;
  bool cooperative = false;
  bool programmatic_serialization = false;
  bool operator==(const CudaLaunch&) const = default;
};

// What the compiler reported, for explain(). 0: unknown.
struct KernelResources {
  int32_t registers = 0;
  int32_t spill_bytes = 0;
  int32_t static_shared_bytes = 0;
  int32_t code_bytes = 0;
  int32_t stack_bytes = 0;  // of a thread, in local memory
  // What the assembler found to be slower than written.
  std::vector<std::string> advisories;
  bool operator==(const KernelResources&) const = default;
};

// What a kernel reports; bits of a status that holds several.
inline constexpr int kIndexOutOfRange = 1;        // IndexError, as eager's lookups
inline constexpr int kGatherIndexOutOfRange = 2;  // RuntimeError, as eager's gather

// A function of a CPU kernel: runs tasks [begin, end) of its parallel extent. `buffers`: data
// pointers of the buffer arguments, in order. `sizes`: the values of all other arguments, in order.
// `scratch`: private to the thread, aligned to 64 bytes. `status`: written only to report an error,
// non-zero.
using CpuKernel = void (*)(void* const* buffers, const int64_t* sizes, int64_t begin, int64_t end,
                           void* scratch, int32_t* status);

struct KernelRecord {
  std::string target;  // "cpu-avx512", "sm_90a"
  std::string key;     // of the kernel cache: kernel_key() in runtime/compile.h
  std::string symbol;  // as in the text, says what is computed: "matmul_bias_gelu_f32"
  std::vector<KernelArgument> arguments;  // in order
  // CPU: tasks, and how many of them at least are worth a thread.
  SizeExpr extent = 1;
  SizeExpr grain = 1;
  SizeExpr scratch_bytes;   // a thread
  CudaLaunch cuda;          // CUDA
  bool has_status = false;  // may report what went wrong
  KernelResources resources;
  std::vector<Assumption> assumptions;  // all have to hold
  std::vector<TensorMapRecipe> maps;    // CUDA: the last arguments, in order

  // Buffer arguments, and all others: the lengths of `buffers` and `sizes`.
  int buffer_count() const;
  int size_count() const;
  bool operator==(const KernelRecord&) const = default;
};

}  // namespace hidet
