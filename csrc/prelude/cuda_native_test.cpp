// Every function of the CUDA prelude becomes the instruction that it stands for, with its operands.
#include "prelude/cuda_native.h"

#include <gtest/gtest.h>

#include <regex>

#include "runtime/nvrtc_for_test.h"

namespace hidet {
namespace {

const std::vector<std::string> kTargets = {"sm_80",  "sm_86",   "sm_89",
                                           "sm_90a", "sm_100a", "sm_120a"};

// Statements of a kernel that has these parameters, its shared memory and its thread's x, d, a, b.
std::string kernel_of(const std::string& statements) {
  return R"(extern "C" __global__ void __launch_bounds__(128, 1) kernel(
    float* out, uint32_t* words, const unsigned char* global, half_t* halves, bfloat16_t* brains,
    int n) {
  HIDET_SHARED_MEMORY(shared);
  uint64_t* barrier = reinterpret_cast<uint64_t*>(shared + 1024);
  const int t = threadIdx.x;
)" + statements +
         "\n}\n";
}

// Without the numbers of registers, and with single spaces.
std::string plain(const std::string& ptx) {
  std::string text;
  for (size_t i = 0; i < ptx.size();) {
    const bool is_space = std::isspace(static_cast<unsigned char>(ptx[i]));
    if (!is_space || text.empty() || text.back() != ' ') text += is_space ? ' ' : ptx[i];
    if (ptx[i++] != '%') continue;
    while (i < ptx.size() && std::islower(static_cast<unsigned char>(ptx[i]))) text += ptx[i++];
    while (i < ptx.size() && std::isdigit(static_cast<unsigned char>(ptx[i]))) ++i;
  }
  return text;
}

// The reason why there is none, or what the assembler finds slow, are returned as text, too.
std::string ptx_of(const Nvrtc& nvrtc, const std::string& kernel, const std::string& target) {
  const auto binary = nvrtc.compile(cuda_prelude_ptx(kernel) + "\n" + kernel, target);
  if (!binary) return binary.reason();
  for (const CudaResources& each : binary->resources)
    for (const std::string& advisory : each.advisories) return advisory;
  return plain(binary->ptx);
}

struct Row {
  std::string statements;
  std::string instruction;  // %r: a register of 32 bits, %rs 16, %rd 64, %f a float
  int since = 80;           // sm_90a alone: 90
  int before = 200;         // sm_80 alone: 90
};

const std::string kFour = "{%f, %f, %f, %f}";

std::vector<Row> rows() {
  std::vector<Row> rows = {
      {"out[t] = hidet_to_float(halves[t]);", "cvt.f32.f16 %f, %rs;"},
      {"out[t] = hidet_to_float(brains[t]);", "shl.b32 %r, %r, 16;"},
      {"halves[t] = hidet_to_half(out[t]);", "cvt.rn.f16.f32 %rs, %f;"},
      {"brains[t] = hidet_to_bfloat16(out[t]);", "cvt.rn.bf16.f32 %rs, %f;"},
      {"out[t] = hidet_to_tf32(out[t]);", "cvt.rna.tf32.f32 %r, %f;"},
      {"words[t] = hidet_pack(halves[t], halves[t + 1]);", "mov.b32 %r, {%rs, %rs};"},
      {"words[t] = hidet_pack(brains[t], brains[t + 1]);", "mov.b32 %r, {%rs, %rs};"},
      {"hidet_barrier(1, 64);", "bar.sync %r, %r;"},
      {"hidet_prefetch_l2(global);", "prefetch.global.L2 [%rd];"},
      {"hidet_cp_async_4(shared + 4 * t, global + 4 * t, n);",
       "cp.async.ca.shared.global [%r], [%rd], 4, %r;"},
      {"hidet_cp_async_8(shared + 8 * t, global + 8 * t, n);",
       "cp.async.ca.shared.global [%r], [%rd], 8, %r;"},
      {"hidet_cp_async_16(shared + 16 * t, global + 16 * t, n);",
       "cp.async.cg.shared.global [%r], [%rd], 16, %r;"},
      {"hidet_cp_async_commit();", "cp.async.commit_group;"},
      {"hidet_cp_async_wait<3>();", "cp.async.wait_group 3;"},
      {"hidet_mbarrier_init(barrier, n);", "mbarrier.init.shared.b64 [%r], %r;"},
      {"hidet_mbarrier_arrive(barrier);", "mbarrier.arrive.shared.b64 state, [%r];"},
      {"hidet_mbarrier_wait(barrier, n);", "mbarrier.try_wait.parity.shared::cta.b64 p, [%r], %r;",
       90},
      {"hidet_mbarrier_wait(barrier, n);", "mbarrier.test_wait.parity.shared.b64 p, [%r], %r;", 80,
       90},
      {"if (hidet_mbarrier_test(barrier, n)) out[t] = 1.0f;", "selp.u32 %r, 1, 0, p;"},
      {"hidet_mbarrier_fence();", "membar.cta;", 80, 90},
      {"hidet_mbarrier_expect(barrier, n);",
       "mbarrier.arrive.expect_tx.shared::cta.b64 state, [%r], %r;", 90},
      {"hidet_mbarrier_fence();", "fence.mbarrier_init.release.cluster;", 90},
      {"hidet_fence_async_proxy();", "fence.proxy.async;", 90},
      {"if (hidet_elect_one()) out[0] = 1.0f;", "elect.sync _|p, 0xffffffff;", 90},
      {"hidet_registers_increase<240>();", "setmaxnreg.inc.sync.aligned.u32 240;", 90},
      {"hidet_registers_decrease<40>();", "setmaxnreg.dec.sync.aligned.u32 40;", 90},
      {"hidet_wgmma_fence();", "wgmma.fence.sync.aligned;", 90},
      {"hidet_wgmma_fence(); hidet_wgmma_commit(); hidet_wgmma_wait<0>();",
       "wgmma.commit_group.sync.aligned;", 90},
      {"hidet_wgmma_wait<1>();", "wgmma.wait_group.sync.aligned 1;", 90},
  };
  for (const char* type : {"bf16", "f16", "tf32"}) {
    const std::string shape = std::string(type) == "tf32" ? "m16n8k8" : "m16n8k16";
    const std::string types = std::string(type) + "." + type;
    rows.push_back({"hidet_mma_" + shape + "_" + type + "(out + 4 * t, words + 4 * t, words + t);",
                    "mma.sync.aligned." + shape + ".row.col.f32." + types + ".f32 " + kFour +
                        ", {%r, %r, %r, %r}, {%r, %r}, " + kFour + ";"});
  }
  const std::pair<int, const char*> loads[] = {
      {1, "{%r}"}, {2, "{%r, %r}"}, {4, "{%r, %r, %r, %r}"}};
  for (const auto& [count, results] : loads)
    for (const char* trans : {"", "trans"}) {
      const std::string number = "x" + std::to_string(count);
      rows.push_back({"uint32_t r[4] = {}; hidet_ldmatrix_" + number + (*trans ? "_trans" : "") +
                          "(r, shared + 16 * t); words[t] = r[0] + r[1] + r[2] + r[3];",
                      "ldmatrix.sync.aligned.m8n8." + number + (*trans ? ".trans" : "") +
                          ".shared.b16 " + results + ", [%r];"});
    }
  return rows;
}

TEST(CudaPreludePtx, EveryFunctionIsItsInstruction) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  for (const Row& row : rows())
    for (const char* target : {"sm_80", "sm_90a"}) {
      const int sm = std::string(target) == "sm_80" ? 80 : 90;
      if (sm < row.since || sm >= row.before) continue;
      const std::string ptx = ptx_of(nvrtc, kernel_of(row.statements), target);
      EXPECT_NE(ptx.find(row.instruction), std::string::npos)
          << target << ": " << row.statements << "\n"
          << row.instruction << "\n"
          << ptx;
    }
}

// Those that are not in a row are in the kernels of the tests below.
TEST(CudaPreludePtx, EveryFunctionHasARow) {
  std::string texts =
      "hidet_shared_address hidet_shared_descriptor hidet_wgmma_k16_bf16 hidet_wgmma_k16_f16 ";
  for (int rank = 1; rank <= 5; ++rank) texts += hidet::format("hidet_tma_load_{}d ", rank);
  for (const Row& row : rows()) texts += row.statements;
  const std::string prelude = cuda_prelude_ptx();
  const std::regex definition(R"(HIDET_INLINE\s+\w+\s+(hidet_\w+)\()");
  int functions = 0;
  for (std::sregex_iterator i(prelude.begin(), prelude.end(), definition), end; i != end; ++i) {
    ++functions;
    EXPECT_TRUE(std::regex_search(texts, std::regex((*i)[1].str() + "\\b"))) << (*i)[1];
  }
  EXPECT_GT(functions, 40);
}

TEST(CudaPreludePtx, TensorLoads) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  std::string coordinates, registers;
  for (int rank = 1; rank <= 5; ++rank) {
    coordinates += "n + " + std::to_string(rank) + ", ";
    registers += rank == 1 ? "%r" : ", %r";
    const std::string dimensions = std::to_string(rank) + "d";
    const std::string kernel =
        "extern \"C\" __global__ void kernel(const __grid_constant__ hidet_tensor_map map, int n) "
        "{\n  HIDET_SHARED_MEMORY(shared);\n  hidet_tma_load_" +
        dimensions + "(shared, &map, " + coordinates +
        "reinterpret_cast<uint64_t*>(shared + 4096));\n}\n";
    const std::string ptx = ptx_of(nvrtc, kernel, "sm_90a");
    const std::string instruction =
        "cp.async.bulk.tensor." + dimensions +
        ".shared::cluster.global.mbarrier::complete_tx::bytes [%r], [%rd, {" + registers +
        "}], [%r];";
    EXPECT_NE(ptx.find(instruction), std::string::npos) << instruction << "\n" << ptx;
    EXPECT_NE(ptx.find(".param .align 64 .b8 kernel_param_0[128]"), std::string::npos) << ptx;
  }
}

// A sum of products over n steps, whose operands stay where they are.
std::string product_kernel(const std::string& type, int columns, const std::string& orders) {
  const std::string sums = std::to_string(columns / 2);
  return kernel_of("float d[" + sums + R"(];
  const uint64_t a = hidet_shared_descriptor(shared, 16, 1024, 1);
  const uint64_t b = hidet_shared_descriptor(shared + 16384, 16, 1024, 1);
  for (int k = 0; k < n; ++k) {
    hidet_wgmma_fence();
    hidet_wgmma_k16_)" +
                   type + "<" + std::to_string(columns) + ", " + orders +
                   R"(>(d, a, b, k > 0);
    hidet_wgmma_commit();
    hidet_wgmma_wait<0>();
  }
  #pragma unroll
  for (int i = 0; i < )" +
                   sums + "; ++i) out[i * 128 + t] = d[i];");
}

TEST(CudaPreludePtx, AsynchronousProducts) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  for (const char* type : {"bf16", "f16"})
    for (int columns : {8, 24, 64, 128, 256}) {
      const std::string orders = columns % 16 ? "0, 1" : "0, 0";
      const std::string kernel = product_kernel(type, columns, orders);
      const auto binary = nvrtc.compile(cuda_prelude_ptx(kernel) + "\n" + kernel, "sm_90a");
      ASSERT_TRUE(binary) << binary.reason();
      ASSERT_EQ(binary->resources.size(), 1u);
      EXPECT_TRUE(binary->resources[0].advisories.empty()) << binary->log;
      EXPECT_EQ(binary->resources[0].spill_stores, 0) << type << " " << columns;
      std::string sums;
      for (int i = 0; i < columns / 2; ++i) sums += i == 0 ? "%f" : ", %f";
      const std::string instruction = hidet::format(
          "wgmma.mma_async.sync.aligned.m64n{}k16.f32.{}.{} {{{}}}, %rd, %rd, p, 1, "
          "1, {};",
          columns, type, type, sums, orders);
      const std::string ptx = plain(binary->ptx);
      EXPECT_NE(ptx.find(instruction), std::string::npos) << instruction << "\n" << ptx;
    }
}

TEST(CudaPreludePtx, WideAccessesAreOneInstruction) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const std::tuple<const char*, int, int> cases[] = {
      {"float", 4, 16},   {"float", 2, 8},      {"double", 2, 16},
      {"half_t", 8, 16},  {"bfloat16_t", 4, 8}, {"bfloat16_t", 2, 4},
      {"int8_t", 16, 16}, {"uint8_t", 4, 4},    {"int64_t", 2, 16}};
  for (const auto& [type, count, bytes] : cases) {
    const std::string vector = hidet::format("vec<{}, {}>", type, count);
    const std::string kernel = hidet::format(
        R"(extern "C" __global__ void kernel(const {0}* __restrict__ in, {0}* __restrict__ out) {{
  {1} x = *reinterpret_cast<const {1}*>(in + {2} * threadIdx.x), y;
  #pragma unroll
  for (int i = 0; i < {2}; ++i) y.x[i] = x.x[{2} - 1 - i];
  *reinterpret_cast<{1}*>(out + {2} * threadIdx.x) = y;
}}
)",
        type, vector, count);
    const std::string ptx = ptx_of(nvrtc, kernel, "sm_80");
    for (const char* direction : {"ld", "st"}) {
      const std::regex access(std::string(direction) + R"(\.global(\.nc)?(\.v(\d))?\.[bfsu](\d+))");
      const std::sregex_iterator found(ptx.begin(), ptx.end(), access), end;
      ASSERT_EQ(std::distance(found, end), 1) << type << count << "\n" << ptx;
      const int lanes = (*found)[3].matched ? std::stoi((*found)[3]) : 1;
      EXPECT_EQ(lanes * std::stoi((*found)[4]) / 8, bytes) << type << count << "\n" << ptx;
    }
  }
}

// What CUDA itself provides and emitted text uses, with the types it is used with.
TEST(CudaPreludePtx, WhatKernelsUseOfCudaIsThere) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  const std::string kernel = cuda_prelude_ptx("") + R"(
__device__ __forceinline__ float twice(float x) { return x + x; }
extern "C" __global__ void __launch_bounds__(64) kernel(float* __restrict__ f, double* d,
    int32_t* i, int64_t* l, uint32_t* u, uint64_t* v, int8_t* c, bool* p, int32_t* status) {
  __shared__ float tile[64];
  HIDET_SHARED_MEMORY(shared_memory);
  const int t = threadIdx.x + blockIdx.x + blockIdx.y + blockIdx.z + gridDim.x;
  tile[threadIdx.x] = reinterpret_cast<float*>(shared_memory)[threadIdx.x];
  __syncthreads();
  __syncwarp();
  f[t] = __shfl_sync(0xffffffffu, tile[t % 64], 3) + __shfl_xor_sync(0xffffffffu, f[t], 16);
  d[t] = __shfl_sync(0xffffffffu, d[t], 3) + __shfl_xor_sync(0xffffffffu, d[t], 16);
  i[t] = __shfl_sync(0xffffffffu, i[t], 3) + __shfl_xor_sync(0xffffffffu, i[t], 16);
  u[t] = __shfl_sync(0xffffffffu, u[t], 3) + __shfl_xor_sync(0xffffffffu, u[t], 16);
  l[t] = __shfl_sync(0xffffffffu, l[t], 3) + __shfl_xor_sync(0xffffffffu, l[t], 16);
  v[t] = __shfl_sync(0xffffffffu, v[t], 3);
  u[t] += __ballot_sync(0xffffffffu, i[t] > 0);
  p[t] = __any_sync(0xffffffffu, i[t] > 0) && __all_sync(0xffffffffu, i[t] > 1);
  f[t] = fmaf(f[t], sqrtf(f[t]), rsqrtf(f[t])) + fabsf(floorf(f[t])) + ceilf(truncf(f[t]));
  f[t] += rintf(fminf(f[t], fmaxf(f[t], twice(1.0f))));
  d[t] = fma(d[t], sqrt(d[t]), fabs(d[t])) + floor(d[t]) + ceil(d[t]) + trunc(d[t]);
  d[t] += rint(fmin(d[t], fmax(d[t], 1.0)));
  f[t] += __uint_as_float(__float_as_uint(f[t]) + 1u);
  d[t] += __longlong_as_double(__double_as_longlong(d[t]) + 1);
  i[t] += __clz(i[t]) + __popc(u[t]);
  c[t] = static_cast<int8_t>(i[t]);
  atomicAdd(f, 1.0f);
  atomicAdd(i, 1);
  atomicOr(status, 1);
}
)";
  for (const std::string& target : kTargets) {
    const auto binary = nvrtc.compile(kernel, target);
    EXPECT_TRUE(binary) << binary.reason();
  }
}

TEST(CudaPreludePtx, AllOfItCompilesForEveryTarget) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  for (const std::string& target : kTargets) {
    const auto binary = nvrtc.compile(
        cuda_prelude_ptx() + kernel_of("out[t] = hidet_to_float(hidet_to_half(out[t]));"), target);
    EXPECT_TRUE(binary) << binary.reason();
  }
}

TEST(CudaPreludePtx, PrintsWhatIsMentioned) {
  const std::string none = cuda_prelude_ptx("out[t] = 1.0f;");
  EXPECT_EQ(none.find("asm volatile"), std::string::npos);
  const std::string copies = cuda_prelude_ptx("hidet_cp_async_16(s, g, 16);");
  EXPECT_NE(copies.find("void hidet_cp_async_16"), std::string::npos);
  EXPECT_EQ(copies.find("mma"), std::string::npos);
  const std::string products = cuda_prelude_ptx("hidet_wgmma_k16_bf16<256, 0, 1>(d, a, b, 1);");
  EXPECT_NE(products.find("m64n256k16.f32.bf16"), std::string::npos);
  EXPECT_EQ(products.find("m64n128k16"), std::string::npos);
  EXPECT_EQ(products.find("m64n256k16.f32.f16"), std::string::npos);
  const std::string all = cuda_prelude_ptx();
  for (const char* each : {"m64n8k16.f32.bf16", "m64n256k16.f32.f16", "hidet_tma_load_5d"})
    EXPECT_NE(all.find(each), std::string::npos);
  EXPECT_LT(none.size(), 2500u);
}

}  // namespace
}  // namespace hidet
