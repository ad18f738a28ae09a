// Each pass on a small program: text in, text out.
#include <gtest/gtest.h>

#include "ir/equal.h"
#include "ir/parse.h"
#include "ir/print.h"
#include "passes/bind_shared.h"
#include "passes/fill_sites.h"
#include "passes/guard_reads.h"
#include "passes/legalize_cpu.h"
#include "passes/lower_buffers.h"
#include "passes/lower_cpu.h"
#include "passes/lower_task_mapping.h"
#include "passes/lower_tiles.h"
#include "passes/outline_registers.h"
#include "passes/remove_dead.h"
#include "passes/vector_registers.h"
#include "passes/vectorize.h"

namespace hidet {
namespace {

using Pass = std::function<Program(const Program&)>;

void expect(const std::string& before, const Pass& pass, const std::string& after) {
  Context context, other;
  const Program result = pass(parse(context, before)), expected = parse(other, after);
  EXPECT_TRUE(equal(result, expected)) << print(result) << "is not\n" << print(expected);
}

// The declarations stay, so the cases state them once.
void expect_body(const std::string& declarations, const std::string& before, const Pass& pass,
                 const std::string& after, const std::string& declarations_after = "") {
  expect(
      "program p target cpu\n" + declarations + "{\n" + before + "}\n", pass,
      (declarations_after.empty() ? "program p target cpu\n" + declarations : declarations_after) +
          "{\n" + after + "}\n");
}

TEST(LowerTiles, ProductIsAnOuterProductOverOneRowOfB) {
  const Target target = cpu_target("cpu-avx512");
  expect_body(
      "size n\nconstant x: f32[8, n]\n", R"(
    allocate registers v: f32[4, 32] by repeat(4, 2) * spatial(1, 16)
    mma v += x[0 + :4, 3 + :1] * x[0 + :1, 0 + :32]
)",
      [&](const Program& p) { return lower_tiles(p, target); }, R"(
    allocate registers v: f32[4, 32] by repeat(4, 2) * spatial(1, 16)
    allocate registers b_row: f32[32] by repeat(2) * spatial(16)
    for lane (j) in repeat(2) * spatial(16) {
      b_row[j] = x[0, j]
    }
    for unrolled i in range(4) {
      let x_1 = x[i, 3]
      for lane (j_1) in repeat(2) * spatial(16) {
        let b = b_row[j_1]
        let sum = v[i, j_1]
        v[i, j_1] = fma(x_1, b, sum)
      }
    }
)");
}

TEST(LowerTiles, CopyKeepsInsideOfItsSite) {
  const Target target = cpu_target("cpu-avx512");
  expect_body(
      "size n\nstore y: f32[8, n]\n", R"(
    allocate registers v: f32[4, 32] by repeat(4, 2) * spatial(1, 16)
    fill v = 0
    copy y[0 + :4, 5 + :32] <- v
)",
      [&](const Program& p) { return lower_tiles(p, target); }, R"(
    allocate registers v: f32[4, 32] by repeat(4, 2) * spatial(1, 16)
    for lane (i, j) in repeat(4, 2) * spatial(1, 16) covers (4, 32) {
      v[i, j] = 0.0
    }
    for lane (i_1, j_1) in repeat(4, 2) * spatial(1, 16) covers (4, min(32, n - 5)) {
      let f = v[i_1, j_1]
      y(i_1, 5 + j_1) = f
    }
)");
}

TEST(LowerTiles, ReductionCombinesVectorsThenLanes) {
  const Target target = cpu_target("cpu-avx512");
  expect_body(
      "global y: f32[4]\n", R"(
    allocate registers v: f32[4, 32] by repeat(4, 2) * spatial(1, 16)
    reduce max y <- v axis 1
)",
      [&](const Program& p) { return lower_tiles(p, target); }, R"(
    allocate registers v: f32[4, 32] by repeat(4, 2) * spatial(1, 16)
    for unrolled i in range(4) {
      let a = v[i, ramp(0, 1, 16)]
      let b = v[i, ramp(16, 1, 16)]
      y[i] = max_lanes(max(a, b))
    }
)");
}

TEST(LowerTaskMapping, SplitsThePartialVectorOff) {
  expect_body("size m lower 1\nsize n\nconstant x: f32[m, n]\nglobal y: f32[m, n]\n", R"(
    for core (b, c) in spatial(m, 2) {
      for lane (j) in repeat((n + 15) / 16) * spatial(16) covers (n) {
        y[b, j] = x[b, j]
      }
    }
)",
              lower_task_mapping, R"(
    for parallel task in range(m * 2) {
      let b = task / 2
      let c = task % 2
      for j in range(n / 16) {
        for vector l in range(16) {
          y[b, j * 16 + l] = x[b, j * 16 + l]
        }
      }
      if n / 16 * 16 < n {
        for vector l_1 in range(16) {
          if l_1 < n - n / 16 * 16 {
            y[b, n / 16 * 16 + l_1] = x[b, n / 16 * 16 + l_1]
          }
        }
      }
    }
)");
}

TEST(LowerTaskMapping, BoundsOfWholeRowsAreTestedOutsideOfTheVector) {
  expect_body("size n\nglobal y: f32[64]\n", R"(
    allocate registers v: f32[4, 32] by repeat(4, 2) * spatial(1, 16)
    for lane (i, j) in repeat(4, 2) * spatial(1, 16) covers (n, 32) {
      y[j] = v[i, j]
    }
)",
              lower_task_mapping, R"(
    allocate registers v: f32[4, 32] by repeat(4, 2) * spatial(1, 16)
    for unrolled i in range(4) {
      for unrolled j in range(2) {
        if i < n {
          for vector l in range(16) {
            y[j * 16 + l] = v[i, j * 16 + l]
          }
        }
      }
    }
)");
}

TEST(LowerBuffers, IndexFollowsLayoutAndMapping) {
  expect(R"(program p target cpu
  size n
  constant x: f32[n, 96] layout(n: n@48, 96: 2@960 48@1)
  global y: f32[4, n]
  {
    allocate registers v: f32[4, 32] by repeat(4, 2) * spatial(1, 16)
    for unrolled r in range(2) {
      for vector l in range(16) {
        let f = v[3, r * 16 + l]
        y[r, l] = f + x[r, r * 48 + l]
      }
    }
  })",
         lower_buffers, R"(program p target cpu level loops
  size n
  constant x: f32[n * 48 + 960]
  global y: f32[n * 4]
  {
    allocate registers v: f32[128]
    for unrolled r in range(2) {
      for vector l in range(16) {
        let f = v[r * 16 + l + 96]
        y[n * r + l] = f + x[r * 1008 + l]
      }
    }
  })");
}

TEST(Vectorize, AccessesAreContiguousStridedScalarOrGathered) {
  expect_body("size n\nconstant x: f32[n]\nconstant index: i64[n]\nglobal y: f32[n]\n", R"(
    for i in range(n) {
      for vector l in range(16) {
        y[i * 16 + l] = x[i * 16 + l] * x[i] + x[l * 2]
        y[l * n] = x[index[l]]
      }
    }
)",
              vectorize, R"(
    for i in range(n) {
      y[ramp(i * 16, 1, 16)] = x[ramp(i * 16, 1, 16)] * broadcast(x[i], 16) + x[ramp(0, 2, 16)]
      y[ramp(0, n, 16)] = x[index[ramp(0, 1, 16)]]
    }
)");
}

TEST(Vectorize, AConditionOnTheLaneIsAMask) {
  expect_body("size n\nconstant x: f32[n]\nglobal y: f32[n]\n", R"(
    if 0 < n {
      if n < 16 {
        for vector l in range(16) {
          if l < n {
            y[l] = x[l]
          }
          if 3 <= l {
            y[l] = 1.0
          }
        }
      }
    }
)",
              vectorize, R"(
    if 0 < n {
      if n < 16 {
        let f = load x[ramp(0, 1, 16)] masked ramp(0_i32, 1_i32, 16) < broadcast(i32(n), 16) else broadcast(0.0, 16)
        y[ramp(0, 1, 16)] = f masked ramp(0_i32, 1_i32, 16) < broadcast(i32(n), 16)
        if any_lanes(broadcast(3, 16) <= ramp(0, 1, 16)) {
          y[ramp(0, 1, 16)] = broadcast(1.0, 16) masked broadcast(3, 16) <= ramp(0, 1, 16)
        }
      }
    }
)");
}

TEST(Vectorize, LanesThatShareAnElementScatter) {
  expect_body("size n\nconstant x: f32[n]\nglobal y: f32[n]\n", R"(
    for i in range(n) {
      for vector l in range(16) {
        y[i] = x[l]
      }
    }
)",
              vectorize, R"(
    for i in range(n) {
      y[broadcast(i, 16)] = x[ramp(0, 1, 16)]
    }
)");
}

TEST(VectorRegisters, ArraysOfVectors) {
  expect_body("global y: f32[64]\n", R"(
    allocate registers v: f32[64]
    allocate registers s: f32[2]
    for unrolled r in range(4) {
      v[ramp(r * 16, 1, 16)] = broadcast(2.0, 16)
    }
    s[1] = 3.0
)",
              vector_registers, R"(
    allocate registers v: f32x16[4]
    allocate registers s: f32[2]
    for unrolled r in range(4) {
      v[r] = broadcast(2.0, 16)
    }
    s[1] = 3.0
)");
}

TEST(GuardReads, AnElementIsReadWhereItIsChosen) {
  expect_body("size n\nconstant x: f32[n]\nglobal y: f32[n]\n", R"(
    for i in range(n) {
      y[i] = where(i < 5, x[i] * x[i], x[0] + where(i < 7, 1.0, x[i - 7])) + x[1]
      y[i] = where(i < 5, x[i], 0.0) + x[i]
    }
)",
              guard_reads, R"(
    for i in range(n) {
      let a = load x[i] masked i < 5 else 0.0
      let b = load x[0] masked logical_not(i < 5) else 0.0
      let c = load x[i - 7] masked logical_not(i < 5) && logical_not(i < 7) else 0.0
      y[i] = where(i < 5, a * a, b + where(i < 7, 1.0, c)) + x[1]
      y[i] = where(i < 5, x[i], 0.0) + x[i]
    }
)");
}

// What both branches read, or the test, is read once.
TEST(GuardReads, WhatIsReadEitherWayIsReadOnce) {
  expect_body("size n\nconstant x: f32[n]\nglobal y: f32[n]\n", R"(
    for i in range(n) {
      y[i] = where(i < 5, x[i] + 1.0, x[i] * 2.0)
      y[i] = where(i < 9, where(i < 5, x[i] + 1.0, x[i] * x[0]), 1.0)
    }
)",
              guard_reads, R"(
    for i in range(n) {
      y[i] = where(i < 5, x[i] + 1.0, x[i] * 2.0)
      let a = load x[i] masked i < 9 else 0.0
      let b = load x[0] masked i < 9 && logical_not(i < 5) else 0.0
      y[i] = where(i < 9, where(i < 5, a + 1.0, a * b), 1.0)
    }
)");
}

// The test compares what is computed: both sides exist, and are read once whatever the tests are.
TEST(GuardReads, ATestOfValuesGuardsNoRead) {
  expect_body("size n\nconstant x: f32[n]\nglobal y: f32[n]\n", R"(
    for i in range(n) {
      y[i] = where(x[i] > 0.0, where(x[0] > 1.0, x[i + 1], 1.0), where(i < 5 && x[0] > 2.0, x[i + 2], x[1]))
    }
)",
              guard_reads, R"(
    for i in range(n) {
      let a = load x[i + 2] masked i < 5 && x[0] > 2.0 else 0.0
      let b = load x[1] masked logical_not(i < 5 && x[0] > 2.0) else 0.0
      y[i] = where(x[i] > 0.0, where(x[0] > 1.0, x[i + 1], 1.0), where(i < 5 && x[0] > 2.0, a, b))
    }
)");
}

TEST(BindShared, SharedAndInvariantValuesButNoReadThatMightNotHappen) {
  expect(
      "program p target cpu\nsize n\nsize m\nconstant x: f32[n]\nglobal y: f32[n]\n{"
      R"(
    for i in range(n) {
      for j in range(m) {
        y[i + j] = sqrt(x[i]) * sqrt(x[i]) + x[j]
        if j < 3 {
          y[j] = x[m] / f32(i)
        }
      }
      for k in range(4) {
        y[k] = x[i] * 2.0
      }
    }
  })",
      bind_shared,
      "program p target cpu level target\nsize n\nsize m\nconstant x: f32[n]\nglobal y: f32[n]\n{"
      R"(
    for i in range(n) {
      let e = x[i]
      let c = f32(i)
      for j in range(m) {
        let t = sqrt(e)
        y[i + j] = t * t + x[j]
        if j < 3 {
          y[j] = x[m] / c
        }
      }
      let d = e * 2.0
      for k in range(4) {
        y[k] = d
      }
    }
  })");
}

TEST(LegalizeCpu, HalvesThroughF32AndDivisionsThatCannotFault) {
  expect_body(
      "size n\nconstant x: bf16[16]\nconstant a: i32[16]\nglobal y: bf16[16]\nglobal z: i32[16]\n",
      R"(
    for i in range(16) {
      y[i] = x[i] * x[i] + x[i / 2]
      z[i] = a[i] % a[0]
      z[i] = a[i] / 3_i32
    }
)",
      legalize_cpu, R"(
    for i in range(16) {
      y[i] = bf16(f32(bf16(f32(x[i]) * f32(x[i]))) + f32(x[truncdiv(i, 2)]))
      z[i] = a[i] % where(a[0] == 0_i32 || a[0] == -1_i32, 1_i32, a[0])
      z[i] = a[i] / 3_i32
    }
)");
}

TEST(LegalizeCpu, ExtremesOfBooleansAreLogic) {
  expect_body("constant x: b8[16]\nconstant y: b8[16]\nglobal z: b8[16]\n", R"(
    for i in range(16) {
      z[i] = max(x[i], y[i])
      z[i] = fmax(x[i], y[i])
      z[i] = fmin(x[i], y[i])
    }
)",
              legalize_cpu, R"(
    for i in range(16) {
      z[i] = x[i] || y[i]
      z[i] = x[i] || y[i]
      z[i] = x[i] && y[i]
    }
)");
}

TEST(RemoveDead, WhatHasNoEffect) {
  expect_body("size n\nglobal y: f32[16]\n", R"(
    allocate registers v: f32[4]
    let a = n + 1
    let b = a
    for i in range(1) {
      y[i + b] = 1.0
      v[0] = 2.0
    }
    for i in range(n) {
      let c = n * 2
    }
)",
              remove_dead, R"(
    let a = n + 1
    y[a] = 1.0
)");
}

TEST(OutlineRegisters, AreHandedOverInMemory) {
  expect_body("size n\nglobal y: f32[16]\n", R"(
    allocate registers v: f32[4]
    v[0] = 2.0
    outline rest {
      let f = v[0]
      y[3] = f
      v[1] = f
    }
)",
              outline_registers, R"(
    allocate registers v: f32[4]
    v[0] = 2.0
    allocate registers v_copy: f32[4]
    for unrolled i in range(4) {
      let e = v[i]
      v_copy[i] = e
    }
    outline rest {
      let f = v_copy[0]
      y[3] = f
      v_copy[1] = f
    }
    for unrolled i in range(4) {
      let e = v_copy[i]
      v[i] = e
    }
)");
}

TEST(FillSites, ReadsMapsAndStores) {
  Context context;
  const Program program = parse(context, R"(program p target cpu
  constant x: f32[8]
  global y: f32[8]
  read a: f32[8]
  map s: f32[8]
  store c: f32[8]
  {
    for i in range(8) {
      c(i) = s(i; a(i))
    }
  })");
  SiteFills fills;
  fills["a"].read = [&](const std::vector<Expr>& index, Expr) {
    return context.element(program.buffers[0], index);
  };
  fills["s"].read = [&](const std::vector<Expr>&, Expr value) { return value * value; };
  fills["c"].store = [&](const std::vector<Expr>& index, Expr value) {
    return context.make(
        Store{.buffer = program.buffers[1], .index = index, .value = value, .mask = {}});
  };
  Context other;
  const Program expected = parse(other, R"(program p target cpu
  constant x: f32[8]
  global y: f32[8]
  {
    for i in range(8) {
      y[i] = x[i] * x[i]
    }
  })");
  EXPECT_TRUE(equal(fill_sites(program, fills), expected)) << print(fill_sites(program, fills));
}

TEST(LowerForCpu, CallsTheHookAfterEachPass) {
  Context context;
  const Program program = parse(context, R"(program p target cpu
  size n
  constant x: f32[n]
  global y: f32[n]
  {
    for core (b) in spatial(n) {
      y[b] = x[b]
    }
  })");
  std::vector<std::string> passes;
  const Program result = lower_for_cpu(
      program, {}, cpu_target("cpu-avx2"),
      {.after = [&](std::string_view pass, const Program&) { passes.emplace_back(pass); }});
  EXPECT_EQ(passes.front(), "lower_tiles");
  EXPECT_EQ(passes.back(), "bind_shared");
  EXPECT_EQ(result.level, Level::target);
}

}  // namespace
}  // namespace hidet
