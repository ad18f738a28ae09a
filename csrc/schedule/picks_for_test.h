// The table of what a cost model picks: 60 products on two architectures. A change of the model, or
// of the space, shows there. HIDET_UPDATE_GOLDEN=1 writes it anew.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include "base/format.h"
#include "target/target.h"

namespace hidet {

struct PickShape {
  int64_t batch, m, n, k;
};

inline constexpr PickShape kPickShapes[] = {
    // Squares, and those of the paper: 2048 down to a prime.
    {1, 64, 64, 64},
    {1, 128, 128, 128},
    {1, 256, 256, 256},
    {1, 512, 512, 512},
    {1, 1024, 1024, 1024},
    {1, 4096, 4096, 4096},
    {1, 2048, 2048, 2048},
    {1, 2047, 2047, 2047},
    {1, 2046, 2046, 2046},
    {1, 2045, 2045, 2045},
    {1, 2044, 2044, 2044},
    {1, 2043, 2043, 2043},
    {1, 2042, 2042, 2042},
    {1, 2039, 2039, 2039},
    // Skinny.
    {1, 1, 4096, 4096},
    {1, 1, 1024, 1024},
    {1, 1, 3072, 768},
    {1, 8, 4096, 4096},
    {1, 16, 4096, 1024},
    {1, 32, 768, 768},
    {1, 4096, 1, 4096},
    {1, 4096, 16, 64},
    {1, 4096, 4096, 16},
    {1, 16, 16, 65536},
    {1, 1, 1, 1000000},
    {1, 1000, 1000, 1},
    // Odd.
    {1, 3, 5, 7},
    {1, 17, 23, 19},
    {1, 127, 127, 127},
    {1, 255, 511, 257},
    {1, 1000, 999, 1001},
    {7, 37, 41, 43},
    // BERT-base: rows of 128 and of 512 tokens; heads.
    {1, 128, 768, 768},
    {1, 128, 2304, 768},
    {1, 128, 3072, 768},
    {1, 128, 768, 3072},
    {1, 512, 768, 768},
    {1, 512, 3072, 768},
    {12, 128, 128, 64},
    {12, 128, 64, 128},
    {96, 512, 512, 64},
    {1, 1, 768, 768},
    // MiniLM.
    {1, 16, 384, 384},
    {1, 16, 1536, 384},
    {1, 16, 384, 1536},
    {1, 37, 384, 384},
    {1, 37, 1536, 384},
    {1, 128, 1536, 384},
    {1, 1024, 384, 1536},
    // GPT-2.
    {1, 24, 2304, 768},
    {1, 24, 768, 3072},
    {1, 1024, 2304, 768},
    {1, 1, 50257, 768},
    {1, 24, 50257, 768},
    // Training of small networks, and convolutions as products.
    {1, 32, 10, 128},
    {1, 784, 256, 32},
    {1, 196, 256, 2304},
    {1, 3136, 64, 576},
    {1, 49, 512, 4608},
    {1, 784, 128, 1152},
};
static_assert(std::size(kPickShapes) == 60);

// `line` says what is picked for a shape, after the shape itself.
inline void expect_picks(const std::string& file,
                         const std::function<std::string(const PickShape&, const Target&)>& line) {
  std::string text;
  for (const char* name : {"sm_80", "sm_90a"})
    for (const PickShape& shape : kPickShapes)
      text += hidet::format("{:6} {:3} x {:5} x {:5} x {:7}  {}\n", name, shape.batch, shape.m,
                            shape.n, shape.k, line(shape, cuda_target(name)));
  const std::string path = HIDET_SOURCE_DIR "/csrc/schedule/golden/" + file;
  if (std::getenv("HIDET_UPDATE_GOLDEN")) std::ofstream(path) << text;
  std::stringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(text, expected.str()) << path;
}

}  // namespace hidet
