#include "target/mma_atom.h"

#include <gtest/gtest.h>

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
