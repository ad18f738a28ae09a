// The emitted text of a few small kernels, as files to read. HIDET_UPDATE_GOLDEN=1 writes them
// anew.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "emit/emit_cpp.h"
#include "emit/packed_matmul_for_test.h"
#include "ir/builder.h"
#include "passes/lower_cpu.h"

namespace hidet {
namespace {

void check(const std::string& name, const Program& program, const SiteFills& fills,
           const Target& target) {
  const EmittedKernel kernel = emit_cpp(lower_for_cpu(program, fills, target), target, name);
  const std::string path =
      HIDET_SOURCE_DIR "/csrc/emit/golden/" + name + "." + target.name + ".cpp";
  if (std::getenv("HIDET_UPDATE_GOLDEN")) std::ofstream(path) << kernel.text;
  std::stringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(kernel.text, expected.str()) << path;
}

TEST(Golden, PointwiseWithAPartialLastVector) {
  for (const char* name : {"cpu-avx512", "cpu-portable"}) {
    const Target target = cpu_target(name);
    Context context;
    Builder b(context, "add_relu", target.name);
    const Expr m = b.size("m"), n = b.size("n");
    const int64_t lanes = target.lanes(DType::f32);
    Buffer x = b.argument("x", Scope::constant, DType::f32, {m, n});
    Buffer bias = b.argument("bias", Scope::constant, DType::f32, {n});
    Buffer y = b.argument("y", Scope::global, DType::f32, {m, n});
    b.tasks({"row"}, WorkerScope::core, spatial<Expr>({m}), [&](const std::vector<Expr>& row) {
      b.tasks({"j"}, WorkerScope::lane,
              repeat<Expr>({(n + (lanes - 1)) / lanes}) * b.spatial({lanes}),
              [&](const std::vector<Expr>& j) {
                const Expr sum = context.element(x, {row[0], j[0]}) + context.element(bias, {j[0]});
                b.store(y, {row[0], j[0]},
                        context.call(Function::max, {sum, b.constant(DType::f32, 0)}));
              },
              {n});
    });
    check("add_relu_f32", b.finish(), {}, target);
  }
}

TEST(Golden, PackedMatmul) {
  const Target target = cpu_target("cpu-avx512");
  PackedMatmulForTest matmul(target, DType::f32, 2, 3);
  Context& context = matmul.context;
  SiteFills fills;
  fills["A"].read = [&](const std::vector<Expr>& index, Expr) {
    return context.element(matmul.a, index);
  };
  fills["C"].store = [&](const std::vector<Expr>& index, Expr value) {
    return context.make(Store{.buffer = matmul.c,
                              .index = index,
                              .value = value + context.element(matmul.bias, {index[1]}),
                              .mask = {}});
  };
  check("matmul_bias_f32", matmul.program, fills, target);
}

TEST(Golden, PackedMatmulWithBiasAndGelu) {
  const Target target = cpu_target("cpu-avx512");
  PackedMatmulForTest matmul(target, DType::f32, 2, 3);
  Context& context = matmul.context;
  const auto number = [&](double value) { return context.constant(Type{DType::f32}, value); };
  SiteFills fills;
  fills["A"].read = [&](const std::vector<Expr>& index, Expr) {
    return context.element(matmul.a, index);
  };
  fills["C"].store = [&](const std::vector<Expr>& index, Expr value) {
    const Expr x = value + context.element(matmul.bias, {index[1]});
    const Expr erf = context.call(Function::erf, {x * number(M_SQRT1_2)});
    return context.make(Store{.buffer = matmul.c,
                              .index = index,
                              .value = x * number(0.5) * (erf + number(1)),
                              .mask = {}});
  };
  check("matmul_bias_gelu_f32", matmul.program, fills, target);
}

TEST(Golden, RowMaximum) {
  const Target target = cpu_target("cpu-avx2");
  Context context;
  Builder b(context, "row_max", target.name);
  const Expr m = b.size("m");
  const int64_t lanes = target.lanes(DType::f32);
  Buffer x = b.argument("x", Scope::constant, DType::bf16, {m, b.index(8 * lanes)});
  Buffer y = b.argument("y", Scope::global, DType::f32, {m});
  b.tasks({"row"}, WorkerScope::core, spatial<Expr>({m}), [&](const std::vector<Expr>& row) {
    Buffer tops = b.registers("tops", DType::f32, b.spatial({lanes}));
    Buffer top = b.scalars("top", DType::f32);
    b.fill(tops, b.constant(DType::f32, -INFINITY));
    b.loop("v", b.index(8), [&](Expr v) {
      b.tasks({"lane"}, WorkerScope::lane, b.spatial({lanes}), [&](const std::vector<Expr>& lane) {
        const Expr before = b.load(tops, lane, "before");
        const Expr value =
            context.cast(DType::f32, context.element(x, {row[0], v * lanes + lane[0]}));
        b.store(tops, lane, context.call(Function::max, {before, value}));
      });
    });
    b.reduce(b.whole(top), b.whole(tops), ReduceKind::max, 0);
    b.store(y, {row[0]}, b.load(top, {}, "result"));
  });
  check("row_max_bf16", b.finish(), {}, target);
}

}  // namespace
}  // namespace hidet
