// The templates for tensor cores from their text, under the emulator, against float64.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

#include "driver/emit_scheduled_for_test.h"
#include "driver/kernel_size.h"
#include "emulator/run_text_for_test.h"
#include "interp/scalar.h"
#include "ir/parse.h"
#include "schedule/attention_mma.h"
#include "schedule/matmul_mma.h"

namespace hidet {
namespace {

// Numbers of a type as they lie in memory.
struct Tensor {
  DType dtype;
  std::vector<double> values;
  std::vector<unsigned char> memory;

  Tensor(DType type, int64_t count) : dtype(type), values(static_cast<size_t>(count)) {
    memory.resize(values.size() * static_cast<size_t>(bytes_of(dtype)), 0xff);
  }
  Tensor(DType type, int64_t count, unsigned seed) : Tensor(type, count) {
    std::mt19937 random(seed);
    for (size_t i = 0; i < values.size(); ++i) {
      const double value = static_cast<double>(random() % 2001) / 1000 - 1;
      values[i] = to_double(dtype, scalar_of(dtype, value));
      put(i);
    }
  }
  TextBuffer buffer(bool written = false) {
    return {memory.data(), static_cast<int64_t>(memory.size()), dtype, written};
  }
  double at(int64_t i) const {
    float value;
    std::memcpy(&value, &memory[static_cast<size_t>(i) * sizeof value], sizeof value);
    return value;
  }

 private:
  void put(size_t i) {
    const auto value = static_cast<float>(values[i]);
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    if (dtype == DType::bf16) bits >>= 16;
    if (dtype == DType::f16) {
      const auto half = static_cast<_Float16>(value);
      std::memcpy(&bits, &half, sizeof half);
    }
    const size_t size = static_cast<size_t>(bytes_of(dtype));
    std::memcpy(&memory[i * size], &bits, size);
  }
};

struct Matrices {
  int64_t m, n, k;
  bool a_transposed = false, b_transposed = false;

  double right(const Tensor& a, const Tensor& b, int64_t i, int64_t j) const {
    double sum = 0;
    for (int64_t q = 0; q < k; ++q)
      sum += a.values[static_cast<size_t>(a_transposed ? q * m + i : i * k + q)] *
             b.values[static_cast<size_t>(b_transposed ? j * k + q : q * n + j)];
    return sum;
  }
};

void expect_product(const EmittedCudaKernel& kernel, TextLaunch launch, const Matrices& sizes,
                    DType dtype, double tolerance) {
  Tensor a(dtype, sizes.m * sizes.k, 1), b(dtype, sizes.k * sizes.n, 2);
  for (const Schedule& schedule : proving_schedules()) {
    Tensor c(DType::f32, sizes.m * sizes.n);
    launch.schedule = schedule;
    launch.buffers = {a.buffer(), b.buffer(), c.buffer(true)};
    launch.sizes = {sizes.m, sizes.n, sizes.k};
    launch.threads = kernel.threads;
    launch.shared_bytes = kernel.shared_bytes;
    ASSERT_EQ(run_text(kernel.text, launch), "");
    for (int64_t i = 0; i < sizes.m; ++i)
      for (int64_t j = 0; j < sizes.n; ++j)
        ASSERT_NEAR(c.at(i * sizes.n + j), sizes.right(a, b, i, j), tolerance) << i << " " << j;
  }
}

TEST(MmaEmulated, Matmul) {
  const Target target = cuda_target("sm_80");
  const std::vector<std::pair<Matrices, MmaParams>> cases = {
      {{72, 40, 48}, {64, 64, 2, 2, 16, 3}},
      {{40, 72, 56, false, true}, {64, 64, 2, 2, 32, 2}},
      {{16, 136, 40, true, false}, {16, 128, 1, 4, 16, 4}},
      {{64, 64, 80, true, true}, {32, 64, 2, 2, 64, 3}},
      {{37, 19, 21, false, true}, {64, 64, 2, 2, 32, 3}}};
  for (const DType dtype : {DType::bf16, DType::f16, DType::f32})
    for (const auto& [sizes, params] : cases) {
      MatmulProblem problem{.a = dtype, .b = dtype, .m = sizes.m, .n = sizes.n, .k = sizes.k};
      problem.allow_tf32 = true;
      problem.a_transposed = sizes.a_transposed, problem.b_transposed = sizes.b_transposed;
      auto sequence = matmul_mma(problem, params, target);
      ASSERT_TRUE(sequence) << sequence.reason();
      std::set<std::string> transposed;
      if (sizes.a_transposed) transposed.insert("A");
      if (sizes.b_transposed) transposed.insert("B");
      const EmittedCudaKernel kernel = emit_scheduled(sequence->kernels[0], {}, transposed);
      SCOPED_TRACE(kernel.text);
      TextLaunch launch;
      launch.blocks = (sizes.m + params.rows - 1) / params.rows *
                      ((sizes.n + params.columns - 1) / params.columns);
      // tf32 rounds operands to 11 bits.
      const double tolerance =
          dtype == DType::f32 ? 0x1p-10 * std::sqrt(static_cast<double>(sizes.k)) : 1e-4;
      expect_product(kernel, launch, sizes, dtype, tolerance);
    }
}

TEST(MmaEmulated, WarpSpecialisedMatmul) {
  std::stringstream text;
  text << std::ifstream(HIDET_SOURCE_DIR "/csrc/interp/programs/matmul_wgmma.ir").rdbuf();
  ScheduledKernel scheduled{.context = std::make_shared<Context>()};
  scheduled.program = parse(*scheduled.context, text.str());
  const EmittedCudaKernel kernel = emit_scheduled(scheduled, {});
  const Matrices sizes{136, 200, 328};
  TextLaunch launch;
  launch.blocks = 4;
  for (const EmittedTensorMap& map : kernel.maps) {
    TensorMapRecipe recipe{.buffer = map.buffer, .dtype = DType::bf16, .box = map.box};
    for (Expr e : map.sizes) recipe.sizes.push_back(kernel_size(scheduled.program, e));
    for (Expr e : map.strides) recipe.strides.push_back(kernel_size(scheduled.program, e));
    recipe.swizzle_bytes = map.swizzle_bytes;
    launch.maps.push_back(std::move(recipe));
  }
  SCOPED_TRACE(kernel.text);
  expect_product(kernel, launch, sizes, DType::bf16, 1e-4);
}

TEST(MmaEmulated, Attention) {
  const Target target = cuda_target("sm_80");
  struct Case {
    int64_t queries, keys, depth, value_depth;
    bool causal;
  };
  for (const auto& [queries, keys, depth, value_depth, causal] :
       {Case{37, 70, 64, 64, false}, {70, 70, 80, 48, true}, {10, 40, 256, 160, false}}) {
    AttentionProblem problem{.dtype = DType::bf16, .batch = {2}};
    problem.queries = queries, problem.keys = keys, problem.causal = causal;
    problem.depth = depth, problem.value_depth = value_depth;
    auto sequence = attention_mma(problem, target);
    ASSERT_TRUE(sequence) << sequence.reason();
    SiteFills fills;
    fills["score"].read = [causal = causal](const std::vector<Expr>& at, Expr raw) {
      Context& context = raw.context();
      const Expr score = raw * context.constant(raw.type(), 0.125);
      const Expr nothing = context.constant(raw.type(), -INFINITY);
      return causal ? context.call(Function::where, {at[2] <= at[1], score, nothing}) : score;
    };
    // The result in f32, which is as easy to read as it is to store.
    ScheduledKernel scheduled = sequence->kernels[0];
    Context& context = *scheduled.context;
    BufferInfo info{.scope = Scope::global, .type = Type{DType::f32}};
    info.name = "o";
    info.shape = scheduled.program.sites.back().shape;
    Buffer out = context.make_buffer(info);
    fills["O"].store = [&](const std::vector<Expr>& at, Expr value) {
      return context.make(
          Store{.buffer = out, .index = at, .value = context.cast(DType::f32, value)});
    };
    scheduled.program.buffers = {out};
    const EmittedCudaKernel kernel = emit_scheduled(scheduled, fills);
    SCOPED_TRACE(kernel.text);
    Tensor q(DType::bf16, 2 * queries * depth, 1), k(DType::bf16, 2 * keys * depth, 2),
        v(DType::bf16, 2 * keys * value_depth, 3), o(DType::f32, 2 * queries * value_depth);
    TextLaunch launch;
    launch.buffers = {o.buffer(true), q.buffer(), k.buffer(), v.buffer()};
    launch.sizes = {2, queries, keys};
    launch.blocks = 2 * ((queries + 63) / 64);
    launch.threads = kernel.threads;
    launch.shared_bytes = kernel.shared_bytes;
    ASSERT_EQ(run_text(kernel.text, launch), "");
    for (int64_t g = 0; g < 2; ++g)
      for (int64_t i = 0; i < queries; ++i) {
        std::vector<double> weights;
        double sum = 0;
        for (int64_t j = 0; j < keys; ++j) {
          double score = 0;
          for (int64_t e = 0; e < depth; ++e)
            score += q.values[static_cast<size_t>((g * queries + i) * depth + e)] *
                     k.values[static_cast<size_t>((g * keys + j) * depth + e)];
          weights.push_back(causal && j > i ? 0 : std::exp(score / 8));
          sum += weights.back();
        }
        for (int64_t e = 0; e < value_depth; ++e) {
          double right = 0;
          for (int64_t j = 0; j < keys; ++j)
            right += weights[static_cast<size_t>(j)] / sum *
                     v.values[static_cast<size_t>((g * keys + j) * value_depth + e)];
          // Weights and the result are rounded to bf16.
          ASSERT_NEAR(o.at((g * queries + i) * value_depth + e), right, 0x1p-7)
              << g << " " << i << " " << e;
        }
      }
  }
}

}  // namespace
}  // namespace hidet
