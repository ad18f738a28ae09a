// vectorize_accesses, narrow_indices and index_bound on small programs; that they keep the meaning
// of programs is tested in driver/cuda_oracle_test.cpp.
#include <gtest/gtest.h>

#include "ir/builder.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "passes/index_bound.h"
#include "passes/lower_cuda.h"
#include "passes/narrow_indices.h"
#include "passes/vectorize_accesses.h"
#include "passes/with_assumptions.h"

namespace hidet {
namespace {

constexpr int kThreads = 32, kRun = 4;

// y[i, j] = f(x[i, j]) by blocks of 128 columns, four neighbours a thread.
struct Rows {
  Context context;
  Buffer x = nullptr, y = nullptr;
  Program program;

  // Stores y[i, j].
  using Element = std::function<void(Builder& b, Buffer x, Buffer y, Expr i, Expr j)>;
  explicit Rows(const Element& element, DType dtype = DType::f32) {
    Builder b(context, "rows", "sm_80");
    b.threads(kThreads);
    const Expr m = b.size("m"), n = b.size("n");
    x = b.argument("x", Scope::constant, dtype, {m, n});
    y = b.argument("y", Scope::global, dtype, {m, n});
    const int64_t width = kThreads * kRun;
    b.tasks({"i", "chunk"}, WorkerScope::block, spatial<Expr>({m, (n + (width - 1)) / width}),
            [&](const std::vector<Expr>& task) {
              b.tasks({"j"}, WorkerScope::thread, b.spatial({kThreads}) * b.repeat({kRun}),
                      [&](const std::vector<Expr>& j) {
                        element(b, x, y, task[0], task[1] * width + j[0]);
                      },
                      {n - task[1] * width});
            });
    program = b.finish();
  }
  // The bytes of the vectors that x and y are accessed by.
  std::vector<int> vectors(int alignment, int64_t divisor) const {
    const Program known = with_assumptions(program, {{alignment, alignment}, {1, divisor}});
    const Program lowered = run_passes(known, cuda_loop_passes(), {});
    EXPECT_EQ(problems(lowered), std::vector<std::string>());
    return vector_bytes_of_arguments(lowered);
  }
  Program loops() const { return run_passes(program, cuda_loop_passes(), {}); }
};

const Rows::Element kCopy = [](Builder& b, Buffer x, Buffer y, Expr i, Expr j) {
  b.store(y, {i, j}, b.context().element(x, {i, j}));
};

TEST(VectorizeAccesses, NeedsAlignmentAndDivisibility) {
  const Rows copy(kCopy);
  EXPECT_EQ(copy.vectors(16, 4), (std::vector<int>{16, 16}));
  EXPECT_EQ(copy.vectors(8, 4), (std::vector<int>{8, 8}));
  EXPECT_EQ(copy.vectors(16, 2), (std::vector<int>{0, 0}));  // the last run may be cut off
  EXPECT_EQ(copy.vectors(0, 4), (std::vector<int>{0, 0}));
  EXPECT_EQ(Rows(kCopy, DType::bf16).vectors(16, 4), (std::vector<int>{8, 8}));
  EXPECT_EQ(Rows(kCopy, DType::f64).vectors(16, 4), (std::vector<int>{16, 16}));
}

TEST(VectorizeAccesses, LeavesWhatIsNoRunOfNeighbours) {
  const Rows shifted([](Builder& b, Buffer x, Buffer y, Expr i, Expr j) {
    const Expr inside = j + 1 < x->shape[1];
    b.store(y, {i, j},
            b.context().call(Function::where, {inside, b.context().element(x, {i, j + 1}),
                                               b.constant(DType::f32, 0)}));
  });
  EXPECT_EQ(shifted.vectors(16, 4), (std::vector<int>{0, 16}));
  const Rows broadcast([](Builder& b, Buffer x, Buffer y, Expr i, Expr j) {
    b.store(y, {i, j}, b.context().element(x, {i, b.index(0)}));
  });
  EXPECT_EQ(broadcast.vectors(16, 4), (std::vector<int>{0, 16}));
  const Rows reversed([](Builder& b, Buffer x, Buffer y, Expr i, Expr j) {
    b.store(y, {i, j}, b.context().element(x, {i, x->shape[1] - 1 - j}));
  });
  EXPECT_EQ(reversed.vectors(16, 4), (std::vector<int>{0, 16}));
  // Column j of a row that depends on j.
  const Rows gathered([](Builder& b, Buffer x, Buffer y, Expr i, Expr j) {
    const Expr row = b.context().cast(DType::i64, b.context().element(x, {i, j}));
    b.store(y, {i, j}, b.context().element(x, {row, j}));
  });
  EXPECT_EQ(gathered.vectors(16, 4), (std::vector<int>{16, 16}));
}

TEST(VectorizeAccesses, KeepsTheOrderOfAccessesToOneBuffer) {
  const Rows twice([](Builder& b, Buffer x, Buffer y, Expr i, Expr j) {
    b.store(y, {i, j}, b.context().element(x, {i, j}));
    b.store(y, {i, j}, b.load(y, {i, j}) * b.constant(DType::f32, 2));
  });
  EXPECT_EQ(twice.vectors(16, 4), (std::vector<int>{16, 0}));
}

int64_t bound_for(const Program& program, int64_t m, int64_t n) {
  Context& context = *program.context;
  const Substitution sizes = {{program.sizes[0].var, context.index(m)},
                              {program.sizes[1].var, context.index(n)}};
  return *as_int(substitute(index_bound(program), sizes));
}

TEST(NarrowIndices, TheBoundIsThatOfTheLargestIndex) {
  const Rows copy(kCopy);
  const Program loops = copy.loops();
  for (const auto& [m, n] : {std::pair<int64_t, int64_t>{1, 1}, {1000, 3000}, {46341, 46341}}) {
    EXPECT_GE(bound_for(loops, m, n), m * n - 1);
    // Beside it: what lies between the last row and the end of its last chunk.
    EXPECT_LE(bound_for(loops, m, n), m * n + 2 * (m + n) + 4096) << m << " " << n;
  }
}

TEST(NarrowIndices, IndicesHave32BitsAndDataKeepsItsType) {
  // A table of i64 indices, and an i64 that is computed from an index.
  const Rows rows(
      [](Builder& b, Buffer x, Buffer y, Expr i, Expr j) {
        Context& context = b.context();
        const Expr data = context.element(x, {i, j});
        b.store(y, {i, j}, data * 3 + j);
      },
      DType::i64);
  const Program narrow = narrow_indices(rows.loops());
  EXPECT_EQ(problems(narrow), std::vector<std::string>());
  walk(narrow.body, [&](Stmt s) {
    if (const auto* n = s.as<For>()) {
      EXPECT_EQ(n->var->type.dtype, DType::i32);
    }
    if (const auto* n = s.as<Store>()) {
      EXPECT_EQ(n->value.type().dtype, DType::i64);
      EXPECT_EQ(n->index[0].type().dtype, DType::i32);
    }
  });
  EXPECT_NE(print(narrow).find("i32"), std::string::npos);
}

}  // namespace
}  // namespace hidet
