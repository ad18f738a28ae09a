#include "base/format.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cstdlib>

namespace hidet {
namespace {

TEST(ShortestText, ReadsBackAndSaysThatItIsReal) {
  EXPECT_EQ(shortest_text(0.1f), "0.1");
  EXPECT_EQ(shortest_text(0.1), "0.1");
  EXPECT_EQ(shortest_text(-3.0f), "-3.0");
  EXPECT_EQ(shortest_text(-0.0), "-0.0");
  EXPECT_EQ(shortest_text(1e-5f), "1e-05");
  EXPECT_EQ(shortest_text(12583039.0f), "12583039.0");
  for (const float x : {FLT_MIN, FLT_MAX, FLT_TRUE_MIN, 1.0f / 3, 16777217.0f, 6.0221408e23f})
    EXPECT_EQ(std::strtof(shortest_text(x).c_str(), nullptr), x);
  for (const double x : {DBL_MIN, DBL_MAX, 1.0 / 3, 9007199254740993.0, 6.62607015e-34})
    EXPECT_EQ(std::strtod(shortest_text(x).c_str(), nullptr), x);
}

}  // namespace
}  // namespace hidet
