// CUDA programs from tiles to text: golden files, and what NVRTC says to them where there is one.
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "emit/emit_cuda.h"
#include "ir/builder.h"
#include "ir/parse.h"

#include "passes/lower_cpu.h"
#include "passes/lower_cuda.h"
#include "passes/with_assumptions.h"
#include "prelude/cuda_native.h"
#include "runtime/nvrtc_for_test.h"

namespace hidet {
namespace {

// usual: of arguments that are aligned, of sizes that fours divide and that 32 bits can index.
EmittedCudaKernel lower(const Program& program, const SiteFills& fills, const std::string& symbol,
                        bool usual) {
  const Target target = cuda_target(program.target);
  Program filled = run_passes(program, filling_passes(fills, target), {});
  if (usual)
    filled = with_assumptions(filled, {std::vector<int>(program.buffers.size(), 16),
                                       std::vector<int64_t>(program.sizes.size(), 4)});
  return emit_cuda(run_passes(filled, cuda_passes(usual), {}), symbol);
}

void check_golden(const EmittedCudaKernel& kernel) {
  const std::string path = HIDET_SOURCE_DIR "/csrc/emit/golden/" + kernel.symbol + ".cu";
  if (std::getenv("HIDET_UPDATE_GOLDEN")) std::ofstream(path) << kernel.text;
  std::stringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(kernel.text, expected.str()) << path;
}

void check_compiles(const EmittedCudaKernel& kernel,
                    const std::vector<std::string>& targets = cuda_target_names()) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  for (const std::string& target : targets) {
    const auto binary = nvrtc.compile(cuda_prelude_ptx(kernel.text) + "\n" + kernel.text, target);
    ASSERT_TRUE(binary) << target << ": " << binary.reason() << kernel.text;
    for (const CudaResources& resources : binary->resources) {
      EXPECT_EQ(resources.spill_stores, 0) << target;
      EXPECT_EQ(resources.stack, 0) << target;
      EXPECT_TRUE(resources.advisories.empty()) << target << binary->log;
    }
  }
}

TEST(Cuda, PointwiseByBlocksAndThreads) {
  Context context;
  Builder b(context, "add_relu", "sm_80");
  b.threads(256);
  const Expr m = b.size("m"), n = b.size("n");
  Buffer x = b.argument("x", Scope::constant, DType::f32, {m, n});
  Buffer bias = b.argument("bias", Scope::constant, DType::f32, {n});
  Buffer y = b.argument("y", Scope::global, DType::f32, {m, n});
  b.tasks({"row", "chunk"}, WorkerScope::block, spatial<Expr>({m, (n + 1023) / 1024}),
          [&](const std::vector<Expr>& task) {
            b.tasks({"j"}, WorkerScope::thread, b.spatial({256}) * b.repeat({4}),
                    [&](const std::vector<Expr>& j) {
                      const Expr at = task[1] * 1024 + j[0];
                      const Expr sum =
                          context.element(x, {task[0], at}) + context.element(bias, {at});
                      b.store(y, {task[0], at},
                              context.call(Function::max, {sum, b.constant(DType::f32, 0)}));
                    },
                    {n - task[1] * 1024});
          });
  const Program program = b.finish();
  for (const bool usual : {true, false}) {
    const EmittedCudaKernel kernel =
        lower(program, {}, usual ? "add_relu_f32" : "add_relu_f32_general", usual);
    check_golden(kernel);
    check_compiles(kernel);
  }
}

TEST(Cuda, RowSumByWarps) {
  Context context;
  Builder b(context, "row_sum", "sm_80");
  b.threads(128);
  const Expr m = b.size("m"), n = b.size("n");
  Buffer x = b.argument("x", Scope::constant, DType::bf16, {m, n});
  Buffer y = b.argument("y", Scope::global, DType::f32, {m});
  b.tasks({"group"}, WorkerScope::block, spatial<Expr>({(m + 3) / 4}),
          [&](const std::vector<Expr>& group) {
            Buffer parts = b.registers("parts", DType::f32, b.spatial({4, 32}));
            Buffer sums = b.registers("sums", DType::f32, b.spatial({4}) * b.replicate(32));
            b.fill(parts, b.constant(DType::f32, 0));
            b.tasks({"row", "lane"}, WorkerScope::thread, b.spatial({4, 32}),
                    [&](const std::vector<Expr>& at) {
                      b.when(group[0] * 4 + at[0] < m, [&] {
                        b.loop("step", (n + 31) / 32, [&](Expr step) {
                          const Expr j = step * 32 + at[1];
                          b.when(j < n, [&] {
                            const Expr value = context.cast(
                                DType::f32, context.element(x, {group[0] * 4 + at[0], j}));
                            b.store(parts, at, b.load(parts, at) + value);
                          });
                        });
                      });
                    });
            b.reduce(b.whole(sums), b.whole(parts), ReduceKind::sum, 1);
            b.tasks({"row"}, WorkerScope::thread, b.spatial({4}) * b.replicate(32),
                    [&](const std::vector<Expr>& at) {
                      b.store(y, {group[0] * 4 + at[0]}, b.load(sums, at));
                    },
                    {m - group[0] * 4});
          });
  const EmittedCudaKernel kernel = lower(b.finish(), {}, "row_sum_bf16", false);
  check_golden(kernel);
  check_compiles(kernel);
}

// A program of interp/programs, its sites filled with dense arrays in memory.
EmittedCudaKernel lower_program(Context& context, const std::string& name,
                                const std::string& symbol, bool usual = false) {
  std::stringstream text;
  text << std::ifstream(HIDET_SOURCE_DIR "/csrc/interp/programs/" + name + ".ir").rdbuf();
  Program program = parse(context, text.str());
  SiteFills fills;
  for (const Site& site : program.sites) {
    if (site.kind == SiteKind::map) {
      fills[site.name].read = [&context](const std::vector<Expr>&, Expr raw) {
        return raw * context.constant(raw.type(), 0.125);
      };
      continue;
    }
    BufferInfo info;
    info.scope = site.kind == SiteKind::store ? Scope::global : Scope::constant;
    info.type = site.type;
    info.shape = site.shape;
    info.name = hidet::format("{}_matrix", static_cast<char>(std::tolower(site.name[0])));
    if (site.type.dtype == DType::bf16) info.alignment = 16;
    Buffer buffer = context.make_buffer(std::move(info));
    program.buffers.push_back(buffer);
    fills[site.name].read = [&context, buffer](const std::vector<Expr>& at, Expr) {
      return context.element(buffer, at);
    };
    fills[site.name].store = [&context, buffer](const std::vector<Expr>& at, Expr value) {
      return context.make(Store{.buffer = buffer, .index = at, .value = value});
    };
  }
  return lower(program, fills, symbol, usual);
}

TEST(Cuda, SimtMatmulWithDoubleBuffering) {
  Context context;
  const EmittedCudaKernel kernel = lower_program(context, "matmul_simt", "matmul_f32", true);
  check_golden(kernel);
  check_compiles(kernel);
}

// Sizes of which nothing is known: copies take the other path, behind the same waits.
TEST(Cuda, MultistageMatmulOfAnySize) {
  Context context;
  const EmittedCudaKernel kernel = lower_program(context, "matmul_multistage", "matmul_multistage");
  EXPECT_EQ(kernel.text.find("hidet_cp_async_16"), std::string::npos);
  EXPECT_NE(kernel.text.find("hidet_cp_async_wait<2>"), std::string::npos);
  check_golden(kernel);
  check_compiles(kernel);
}

TEST(Cuda, AttentionByTensorCores) {
  Context context;
  const EmittedCudaKernel kernel = lower_program(context, "attention", "attention_bf16");
  EXPECT_NE(kernel.text.find("hidet_cp_async_16"), std::string::npos);
  check_golden(kernel);
  check_compiles(kernel);
}

TEST(Cuda, WarpSpecialisedMatmul) {
  Context context;
  const EmittedCudaKernel kernel = lower_program(context, "matmul_wgmma", "matmul_wgmma");
  check_golden(kernel);
  ASSERT_EQ(kernel.maps.size(), 2u);
  EXPECT_EQ(kernel.maps[0].box, (std::vector<int64_t>{64, 128}));
  EXPECT_EQ(kernel.maps[1].box, (std::vector<int64_t>{64, 64}));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(kernel.maps[i].buffer, i);
    EXPECT_EQ(kernel.maps[i].swizzle_bytes, 128);
    EXPECT_EQ(kernel.maps[i].sizes.size(), 2u);
    EXPECT_EQ(kernel.maps[i].strides.size(), 1u);
  }
  check_compiles(kernel, {"sm_90a"});
}

}  // namespace
}  // namespace hidet
