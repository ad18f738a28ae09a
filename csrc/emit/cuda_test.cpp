// CUDA programs from tiles to text: golden files, and what NVRTC says to them where there is one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "emit/emit_cuda.h"
#include "ir/builder.h"
#include "ir/parse.h"

#include "passes/lower_cpu.h"
#include "passes/lower_cuda.h"
#include "prelude/cuda_native.h"
#include "runtime/nvrtc_for_test.h"

namespace hidet {
namespace {

EmittedCudaKernel lower(const Program& program, const SiteFills& fills, const std::string& symbol) {
  const Target target = cuda_target(program.target);
  const Program filled = run_passes(program, filling_passes(fills, target), {});
  return emit_cuda(run_passes(filled, cuda_passes(), {}), symbol);
}

void check_golden(const EmittedCudaKernel& kernel) {
  const std::string path = HIDET_SOURCE_DIR "/csrc/emit/golden/" + kernel.symbol + ".cu";
  if (std::getenv("HIDET_UPDATE_GOLDEN")) std::ofstream(path) << kernel.text;
  std::stringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(kernel.text, expected.str()) << path;
}

void check_compiles(const EmittedCudaKernel& kernel) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  for (const std::string& target : cuda_target_names()) {
    const auto binary = nvrtc.compile(cuda_prelude_ptx(kernel.text) + "\n" + kernel.text, target);
    ASSERT_TRUE(binary) << target << ": " << binary.reason() << kernel.text;
    for (const CudaResources& resources : binary->resources) {
      EXPECT_EQ(resources.spill_stores, 0) << target;
      EXPECT_EQ(resources.stack, 0) << target;
      EXPECT_TRUE(resources.advisories.empty()) << target;
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
            b.tasks({"j"}, WorkerScope::thread, b.repeat({4}) * b.spatial({256}),
                    [&](const std::vector<Expr>& j) {
                      const Expr at = task[1] * 1024 + j[0];
                      const Expr sum =
                          context.element(x, {task[0], at}) + context.element(bias, {at});
                      b.store(y, {task[0], at},
                              context.call(Function::max, {sum, b.constant(DType::f32, 0)}));
                    },
                    {n - task[1] * 1024});
          });
  const EmittedCudaKernel kernel = lower(b.finish(), {}, "add_relu_f32");
  check_golden(kernel);
  check_compiles(kernel);
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
  const EmittedCudaKernel kernel = lower(b.finish(), {}, "row_sum_bf16");
  check_golden(kernel);
  check_compiles(kernel);
}

TEST(Cuda, SimtMatmulWithDoubleBuffering) {
  std::stringstream text;
  text << std::ifstream(HIDET_SOURCE_DIR "/csrc/interp/programs/matmul_simt.ir").rdbuf();
  Context context;
  Program program = parse(context, text.str());
  const auto matrix = [&](const char* name, Scope scope, Expr rows, Expr columns) {
    BufferInfo info;
    info.scope = scope;
    info.type = Type{DType::f32};
    info.shape = {rows, columns};
    info.name = name;
    return context.make_buffer(std::move(info));
  };
  const auto size = [&](size_t i) { return context.variable(program.sizes[i].var); };
  Buffer a = matrix("a_matrix", Scope::constant, size(0), size(2));
  Buffer b = matrix("b_matrix", Scope::constant, size(2), size(1));
  Buffer c = matrix("c_matrix", Scope::global, size(0), size(1));
  program.buffers = {a, b, c};
  SiteFills fills;
  fills["A"].read = [&](const std::vector<Expr>& at, Expr) { return context.element(a, at); };
  fills["B"].read = [&](const std::vector<Expr>& at, Expr) { return context.element(b, at); };
  fills["C"].store = [&](const std::vector<Expr>& at, Expr value) {
    return context.make(Store{.buffer = c, .index = at, .value = value, .mask = {}});
  };
  const EmittedCudaKernel kernel = lower(program, fills, "matmul_f32");
  check_golden(kernel);
  check_compiles(kernel);
}

}  // namespace
}  // namespace hidet
