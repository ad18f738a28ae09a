#include "runtime/cubin_store.h"

#include <gtest/gtest.h>

#include "runtime/nvrtc_for_test.h"

namespace hidet {
namespace {

CudaSource fill(const std::string& symbol, int value) {
  return {symbol,
          hidet::format("extern \"C\" __global__ void {}(int* p) {{ p[threadIdx.x] = {}; }}\n",
                        symbol, value)};
}

TEST(CubinStore, TheFormInTheCacheKeepsEverything) {
  CudaCode code{.cubin = std::string("\x7f"
                                     "ELF\n\0\n",
                                     7),
                .resources = {.kernel = "k"}};
  code.resources.registers = 40;
  code.resources.spill_loads = 8;
  code.resources.max_threads = 256;
  code.resources.advisories = {"C7510 one\ntwo"};
  const std::string bytes = serialize(code);
  const auto again = parse_cuda_code(bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->cubin, code.cubin);
  EXPECT_EQ(again->resources.registers, 40);
  EXPECT_EQ(again->resources.spill_loads, 8);
  EXPECT_EQ(again->resources.max_threads, 256);
  EXPECT_EQ(again->resources.advisories, std::vector<std::string>{"C7510 one two"});
  EXPECT_FALSE(parse_cuda_code(bytes.substr(0, 20)));
  EXPECT_FALSE(parse_cuda_code("something else"));
}

TEST(CubinStore, EachTextIsCompiledOnce) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  CubinStore store(nullptr);
  const std::vector<CudaSource> sources = {fill("one", 1), fill("two", 2), fill("one", 1)};
  int calls = 0;
  const auto first =
      store.obtain(sources, "sm_80", nvrtc, 2, [&](int, int total) { calls += total == 2; });
  ASSERT_TRUE(first) << first.reason();
  EXPECT_EQ(calls, 2);
  EXPECT_EQ((*first)[0], (*first)[2]);
  EXPECT_EQ((*first)[1]->resources.kernel, "two");
  EXPECT_EQ(store.compiled(), 2);
  ASSERT_TRUE(store.obtain(sources, "sm_80", nvrtc));
  EXPECT_EQ(store.compiled(), 2);
  ASSERT_TRUE(store.obtain(sources, "sm_90a", nvrtc));
  EXPECT_EQ(store.compiled(), 4);
}

TEST(CubinStore, WhatDoesNotCompileIsDeclinedByName) {
  HIDET_NVRTC_OR_SKIP(nvrtc);
  CubinStore store(nullptr);
  const std::vector<CudaSource> sources = {
      {"broken", "extern \"C\" __global__ void broken() { x; }"}};
  const auto result = store.obtain(sources, "sm_80", nvrtc);
  ASSERT_FALSE(result);
  EXPECT_NE(result.reason().find("broken"), std::string::npos);
}

}  // namespace
}  // namespace hidet
