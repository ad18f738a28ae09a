#include "target/mma_atom.h"

#include <gtest/gtest.h>

#include <functional>

namespace hidet {
namespace {

TEST(MmaAtom, MappingsHaveTheShapesOfTheOperands) {
  for (const char* name : {"m16n8k16_bf16", "m16n8k16_f16", "m16n8k8_tf32", "m64n8k16_f16",
                           "m64n128k16_bf16", "m64n256k16_bf16"}) {
    const auto atom = find_mma_atom(name);
    ASSERT_TRUE(atom) << name;
    const int64_t workers = atom->asynchronous ? 128 : 32;
    const auto expect = [&](const TaskMapping<int64_t>& mapping, int rows, int columns) {
      EXPECT_EQ(mapping.workers(), workers) << name;
      EXPECT_EQ(mapping.task_shape(), (std::vector<int64_t>{rows, columns})) << name;
    };
    expect(atom->accumulator, atom->m, atom->n);
    expect(atom->a, atom->m, atom->k);
    if (!atom->b.empty()) expect(atom->b, atom->k, atom->n);
    EXPECT_EQ(atom->b.empty(), atom->asynchronous);
  }
}

// PTX ISA, "wgmma": D of m64nN has row 16 w + g + 8 ((i >> 1) & 1), column 8 (i >> 2) + 2 q + (i &
// 1).
TEST(MmaAtom, AccumulatorOfAWarpGroup) {
  const auto atom = find_mma_atom("m64n32k16_bf16");
  for (int64_t thread = 0; thread < 128; ++thread) {
    const int64_t w = thread / 32, g = thread % 32 / 4, q = thread % 4;
    const auto tasks = atom->accumulator.tasks(thread);
    for (int64_t i = 0; i < 16; ++i)
      EXPECT_EQ(
          tasks[static_cast<size_t>(i)],
          (std::vector<int64_t>{16 * w + g + 8 * ((i >> 1) & 1), 8 * (i >> 2) + 2 * q + (i & 1)}));
  }
}

// PTX ISA, "matrix fragments for mma": rows and columns of the i-th element of a lane's registers,
// with g = lane / 4 and q = lane % 4.
TEST(MmaAtom, FragmentsOfAWarp) {
  using Place = std::vector<int64_t>;
  const auto expect = [](const TaskMapping<int64_t>& mapping, int64_t elements,
                         const std::function<Place(int64_t g, int64_t q, int64_t i)>& place) {
    for (int64_t lane = 0; lane < 32; ++lane) {
      const auto tasks = mapping.tasks(lane);
      ASSERT_EQ(tasks.size(), static_cast<size_t>(elements));
      for (int64_t i = 0; i < elements; ++i)
        EXPECT_EQ(tasks[static_cast<size_t>(i)], place(lane / 4, lane % 4, i)) << lane << " " << i;
    }
  };
  const auto sums = [](int64_t g, int64_t q, int64_t i) {
    return Place{g + 8 * (i >> 1), 2 * q + (i & 1)};
  };
  for (const char* name : {"m16n8k16_bf16", "m16n8k16_f16"}) {
    const auto atom = find_mma_atom(name);
    expect(atom->accumulator, 4, sums);
    expect(atom->a, 8, [](int64_t g, int64_t q, int64_t i) {
      return Place{g + 8 * ((i >> 1) & 1), 2 * q + (i & 1) + 8 * (i >> 2)};
    });
    expect(atom->b, 4, [](int64_t g, int64_t q, int64_t i) {
      return Place{2 * q + (i & 1) + 8 * (i >> 1), g};
    });
  }
  const auto tf32 = find_mma_atom("m16n8k8_tf32");
  expect(tf32->accumulator, 4, sums);
  expect(tf32->a, 4,
         [](int64_t g, int64_t q, int64_t i) { return Place{g + 8 * (i & 1), q + 4 * (i >> 1)}; });
  expect(tf32->b, 2, [](int64_t g, int64_t q, int64_t i) { return Place{q + 4 * i, g}; });
}

TEST(MmaAtom, WhatATargetHas) {
  EXPECT_TRUE(find_mma_atom("m16n8k16_bf16")->is_on("sm_90a"));
  EXPECT_FALSE(find_mma_atom("m16n8k16_bf16")->is_on("cpu-avx512"));
  EXPECT_FALSE(find_mma_atom("m64n128k16_bf16")->is_on("sm_90"));
  EXPECT_TRUE(find_mma_atom("m64n128k16_bf16")->is_on("sm_90a"));
  for (const char* name : {"", "m16n8k16", "m16n8k16_f32", "m16n8k17_f16", "m64n12k16_f16",
                           "m64n264k16_f16", "n8m16k16_f16", "m16n8k16_bf16x"})
    EXPECT_FALSE(find_mma_atom(name)) << name;
}

}  // namespace
}  // namespace hidet
