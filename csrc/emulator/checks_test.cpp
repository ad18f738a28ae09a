// Every check of the emulator has a kernel here that it catches, with line, thread and address, and
// one beside it that keeps the rule.
#include <gtest/gtest.h>

#include "emulator/run_text_for_test.h"

namespace hidet {
namespace {

// 64 threads, 256 bytes of shared memory as `a`, x and y of 64 elements; line 1 is the first of
// `body`.
std::string run_body(const std::string& body, const Schedule& schedule = {}, int64_t blocks = 1,
                     float first_of_y = 0) {
  const std::string text =
      "extern \"C\" __global__ void __launch_bounds__(64, 1) kernel(const float* __restrict__ x, "
      "float* y, int32_t* status) { HIDET_SHARED_MEMORY(shared_memory); float* a = "
      "(float*)(shared_memory + 0); const int64_t t = threadIdx.x; const int64_t block = "
      "blockIdx.x; "
      "(void)block;\n#line 1 \"kernel\"\n" +
      body + "\n}\n";
  std::vector<float> x(64, 1.5f), y(64, 0.5f);
  y[0] = first_of_y;
  return run_text(text, {.buffers = {input(x), output(y)},
                         .blocks = blocks,
                         .threads = 64,
                         .shared_bytes = 256,
                         .schedule = schedule});
}

void expect_silent(const std::string& body, int64_t blocks = 1) {
  for (const Schedule& schedule : proving_schedules())
    EXPECT_EQ(run_body(body, schedule, blocks), "") << body;
}

// Under each schedule the finding has the parts.
void expect_found(const std::string& body, std::initializer_list<const char*> parts,
                  int64_t blocks = 1) {
  for (const Schedule& schedule : proving_schedules()) {
    const std::string found = run_body(body, schedule, blocks);
    for (const char* part : parts)
      EXPECT_NE(found.find(part), std::string::npos) << part << " is not in: " << found << "\n"
                                                     << body;
  }
}

TEST(Checks, BoundsOfShared) {
  expect_silent("a[t] = 1.0f;");
  expect_found(
      "if (t == 9) {\n  a[64] = 1.0f;\n}",
      {"kernel:2, thread 9 of block 0: bounds: writes 4 bytes at byte 256 of shared memory, "
       "which has 256"});
  expect_found("if (t == 9) a[-1] = 1.0f;", {"kernel:1", "bounds", "at byte -4 of shared memory"});
}

TEST(Checks, BoundsOfGlobal) {
  expect_found("if (t == 7) {\n  y[t] = x[64];\n}",
               {"kernel:2, thread 7 of block 0: bounds: reads 4 bytes at byte 256 of buffer 0, "
                "which has 256"});
  expect_found("if (t == 7) y[(int64_t)1 << 28] = 1.0f;",
               {"bounds", "writes 4 bytes", "of buffer 1"});
  expect_found("if (t == 7) ((float*)x)[3] = 1.0f;",
               {"bounds: writes byte 12 of buffer 0, which is read only"});
  expect_found("if (t == 7) *(float*)(t * 8) = 1.0f;", {"bounds", "which is in no buffer"});
}

TEST(Checks, BoundsOfLocalArrays) {
  const std::string sums =
      "float sums[4];\nfor (int64_t i = 0; i < 4; ++i) sums[i] = x[i];\n"
      "for (int64_t i = 0; i < 2; ++i)\n  for (int64_t j = 0; j < ";
  const std::string end = "; ++j)\n    sums[i * 2 + j] += 1.0f;\ny[t] = sums[t % 4];";
  expect_silent(sums + "2" + end);
  expect_found(sums + "3" + end, {"kernel:5", "bounds: an index outside of the thread's own"});
}

TEST(Checks, InitialisationOfShared) {
  expect_silent("a[t] = x[t];\n__syncthreads();\ny[t] = a[63 - t];");
  expect_found("if (t < 63) a[t] = x[t];\n__syncthreads();\ny[t] = a[t];",
               {"kernel:3, thread 63 of block 0: initialisation: reads byte 252 of shared memory, "
                "which nobody has written"});
}

TEST(Checks, InitialisationOfGlobal) {
  const float unwritten = std::bit_cast<float>(kUnwritten);
  EXPECT_EQ(run_body("y[t] = 1.0f;\ny[t] = y[t] + 1.0f;", {}, 1, unwritten), "");
  const std::string found = run_body("y[t] = y[t] + 1.0f;", {}, 1, unwritten);
  EXPECT_NE(found.find("kernel:1, thread 0 of block 0: initialisation: reads byte 0 of buffer 1"),
            std::string::npos)
      << found;
}

TEST(Checks, RacesInShared) {
  expect_silent(
      "a[t] = x[t];\n__syncthreads();\nconst float v = a[63 - t];\n__syncthreads();\na[t] = v;");
  // The barrier between reads and the next writes is missing.
  expect_found("a[t] = x[t];\n__syncthreads();\nconst float v = a[63 - t];\na[t] = v;",
               {"races", "of shared memory, which thread", "nothing orders the two"});
  expect_found("if (t % 32 == 0)\n  a[0] = x[t];", {"kernel:2", "races: writes byte 0"});
}

TEST(Checks, RacesWithinAWarp) {
  expect_silent("a[t] = x[t];\n__syncwarp();\ny[t] = a[t ^ 1];");
  expect_silent(
      "a[t] = x[t];\nif (t % 32 < 16) {\n  __syncwarp(0xffffu);\n  y[t] = a[t ^ 1];\n} else {\n"
      "  __syncwarp(0xffff0000u);\n}");
  // A shuffle orders no memory, and the other half of the warp has not come.
  expect_found(
      "a[t] = x[t];\nconst float v = __shfl_xor_sync(0xffffffffu, x[t], 1);\ny[t] = a[t ^ 1] + v;",
      {"kernel:3", "races: reads byte"});
  expect_found(
      "a[t] = x[t];\nif (t % 32 < 16) {\n  __syncwarp(0xffffu);\n  y[t] = a[t ^ 16];\n} else {\n"
      "  __syncwarp(0xffff0000u);\n}",
      {"of shared memory"});
}

TEST(Checks, RacesBetweenBlocks) {
  expect_silent("if (t < 16)\n  y[block * 16 + t] = 1.0f;", 4);
  expect_found("if (t < 17 && block * 16 + t < 64)\n  y[block * 16 + t] = 1.0f;",
               {"kernel:2", "races: writes byte", "of buffer 1, which block", "writes too"}, 4);
  expect_found(
      "if (t < 16) {\n  y[block * 16 + t] = 1.0f;\n} else if (t == 16) {\n  a[0] = y[63 - "
      "block];\n}",
      {"races", "of buffer 1, which"}, 4);
}

TEST(Checks, RacesInGlobalWithinABlock) {
  expect_silent(
      "y[t] = x[t];\n__syncthreads();\nconst float v = y[63 - t];\n__syncthreads();\ny[t] = v;");
  expect_found("y[t] = x[t];\nconst float v = y[t ^ 1];\na[t] = v;", {"kernel", "races"});
}

TEST(Checks, Alignment) {
  const std::string copy = "typedef vec<float, 4> four;\n";
  expect_silent(copy + "if (t < 16) *(four*)(y + t * 4) = *(const four*)(x + t * 4);");
  expect_found(copy + "if (t < 15)\n  *(four*)(y + t * 4) = *(const four*)(x + t * 4 + 1);",
               {"kernel:3", "alignment: reads 16 bytes at byte", "of buffer 0"});
  expect_found(copy + "if (t < 15)\n  *(four*)(a + t * 4 + 2) = *(const four*)(x + t * 4);",
               {"kernel:3", "alignment: writes 16 bytes at byte", "of shared memory"});
  // A vector made of scalars is one access, too.
  expect_found(
      copy + "four v = {{x[t], 1.0f, x[t], 2.0f}};\nif (t < 15)\n  *(four*)(a + t * 4 + 1) = v;",
      {"kernel:4", "alignment: writes 16 bytes at byte", "of shared memory"});
}

// Of a vector that is used element by element, too.
TEST(Checks, AlignmentOfVectorsThatAreTakenApart) {
  const std::string sum =
      "typedef vec<float, 4> four;\nif (t < 15) {\n  const four v = *(const four*)(x + t * 4 + ";
  const std::string end = ");\n  y[t] = v.x[0] + v.x[1] + v.x[2] + v.x[3];\n}";
  expect_silent(sum + "0" + end);
  expect_found(sum + "1" + end, {"kernel:3", "alignment: reads", "of buffer 0"});
}

TEST(Checks, DivergentBarrier) {
  expect_found(
      "if (t < 32) {\n  __syncthreads();\n} else {\n  __syncthreads();\n}",
      {"barriers: divergent barrier: other threads of the block have come to the one of line"});
  expect_found("if (t < 40) {\n  __syncthreads();\n}",
               {"kernel:2, thread 0 of block 0: barriers: threads wait for others that have ended",
                "threads 0-39 in __syncthreads (line 2)", "threads 40-63 ended"});
}

TEST(Checks, DivergentCollective) {
  expect_silent("float v = x[t];\nif (t < 32) v = __shfl_xor_sync(0xffffffffu, v, 1);\ny[t] = v;");
  expect_found(
      "float v = x[t];\nif (t < 40) {\n  v = __shfl_xor_sync(0xffffffffu, v, 1);\n}\ny[t] = v;",
      {"kernel:3, thread 32 of block 0: barriers: threads wait for others that have ended",
       "threads 32-39 in __shfl_xor_sync (line 3)"});
  expect_found(
      "y[t] = __shfl_xor_sync(0xfu, x[t], 1);",
      {"kernel:1", "divergent collective __shfl_xor_sync: the mask 0x0000000f is without lane"});
  expect_found(
      "float v = x[t];\nif (t % 2) {\n  v = __shfl_xor_sync(0xffffffffu, v, 1);\n} else {\n"
      "  v = __shfl_down_sync(0xffffffffu, v, 1);\n}\ny[t] = v;",
      {"divergent collective __shfl", "other lanes have come to"});
  expect_found(
      "float v = x[t];\nif (t % 32 < 16) {\n  v = __shfl_xor_sync(0x0000ffffu, v, 16);\n}\ny[t] = "
      "v;",
      {"kernel:3", "which takes no part"});
}

TEST(Checks, Deadlock) {
  expect_found(
      "float v = x[t];\nif (t < 32) {\n  __syncthreads();\n} else if (t == 32) {\n"
      "  v = __shfl_sync(0xffffffffu, v, 0);\n} else {\n  __syncthreads();\n}\ny[t] = v;",
      {"barriers"});
  expect_found(
      "float v = x[t];\nif (t == 32) {\n  v = __shfl_sync(0xffffffffu, v, 0);\n}\n"
      "__syncthreads();\ny[t] = v;",
      {"threads wait for each other at different places", "thread 32 in __shfl_sync (line 3)",
       "threads 0-31 in __syncthreads (line 5)"});
}

// A thread that has waited for something else before.
TEST(Checks, DeadlockAfterAWait) {
  const std::string body =
      "uint64_t* b = (uint64_t*)a;\nif (t == 0) hidet_mbarrier_init(b, 1);\n__syncthreads();\n"
      "if (t == 63) hidet_mbarrier_arrive(b);\nhidet_mbarrier_wait(b, 0);\n";
  expect_silent(body);
  expect_found(body + "if (t < 32) __syncthreads();",
               {"barriers: threads wait for others that have ended", "threads 0-31 in"});
}

TEST(Checks, TrapAndStatus) {
  expect_found("if (t == 3)\n  __trap();", {"kernel:2, thread 3 of block 0", "stops itself"});
  std::vector<float> x(64);
  int32_t status = 0;
  const std::string text =
      "extern \"C\" __global__ void kernel(const float* x, int32_t* status) {\n"
      "  if (threadIdx.x == 5) atomicOr(status, 4);\n  if (threadIdx.x == 6) atomicOr(status, "
      "2);\n}\n";
  EXPECT_EQ(run_text(text, {.buffers = {input(x)}, .blocks = 3}, &status), "");
  EXPECT_EQ(status, 6);
}

}  // namespace
}  // namespace hidet
