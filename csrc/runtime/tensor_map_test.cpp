#include "runtime/tensor_map.h"

#include <gtest/gtest.h>

namespace hidet {
namespace {

// A matrix of 100 rows of 64 numbers, loaded in squares of 64.
TensorMapRequest request() {
  return {.dtype = DType::bf16,
          .rank = 2,
          .address = reinterpret_cast<void*>(0x1000),
          .sizes = {64, 100},
          .strides = {128},
          .box = {64, 64},
          .swizzle_bytes = 128};
}

TEST(TensorMap, IsMadeOfTheRequest) {
  const auto driver = CudaDriver::open_library(HIDET_STUB_CUDA);
  ASSERT_TRUE(driver) << driver.reason();
  const auto map = encode_tensor_map(**driver, request());
  ASSERT_TRUE(map) << map.reason();
  static_assert(sizeof(CudaTensorMap) == 128 && alignof(CudaTensorMap) == 64);
  EXPECT_EQ(map->opaque[0], 0x1000u);
  // Type 9, rank 2, pattern 3, promotion 2.
  EXPECT_EQ(map->opaque[1], 9u | 2u << 8 | 3u << 16 | 2u << 24);
  const uint64_t rest[] = {64, 100, 128, 64, 64, 0};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(map->opaque[2 + i], rest[i]) << i;
}

TEST(TensorMap, EveryRuleIsChecked) {
  EXPECT_EQ(tensor_map_error(request()), "");
  const std::pair<const char*, void (*)(TensorMapRequest&)> cases[] = {
      {"no elements of opaque", [](TensorMapRequest& r) { r.dtype = DType::opaque; }},
      {"no pattern of 16 bytes", [](TensorMapRequest& r) { r.swizzle_bytes = 16; }},
      {"rank 0", [](TensorMapRequest& r) { r.rank = 0; }},
      {"rank 6", [](TensorMapRequest& r) { r.rank = 6; }},
      {"multiple of 16", [](TensorMapRequest& r) { r.address = reinterpret_cast<void*>(0x1008); }},
      {"dimension 1 has 0", [](TensorMapRequest& r) { r.sizes[1] = 0; }},
      {"dimension 0 has", [](TensorMapRequest& r) { r.sizes[0] = (uint64_t{1} << 32) + 1; }},
      {"a box of 0", [](TensorMapRequest& r) { r.box[1] = 0; }},
      {"a box of 257", [](TensorMapRequest& r) { r.box[1] = 257; }},
      {"a stride of 130", [](TensorMapRequest& r) { r.strides[0] = 130; }},
      {"a stride of", [](TensorMapRequest& r) { r.strides[0] = uint64_t{1} << 40; }},
      {"row of 24 bytes", [](TensorMapRequest& r) { r.box[0] = 12; }},
      {"128 bytes in a pattern of 64", [](TensorMapRequest& r) { r.swizzle_bytes = 64; }}};
  const auto driver = CudaDriver::open_library(HIDET_STUB_CUDA);
  ASSERT_TRUE(driver) << driver.reason();
  for (const auto& [reason, change] : cases) {
    TensorMapRequest broken = request();
    change(broken);
    const auto map = encode_tensor_map(**driver, broken);
    ASSERT_FALSE(map) << reason;
    EXPECT_NE(map.reason().find(reason), std::string::npos) << map.reason();
  }
}

TEST(TensorMap, RecipeWithTheSizesOfALaunch) {
  const SizeExpr rows = SizeExpr::symbol(0), columns = SizeExpr::symbol(1);
  const TensorMapRecipe recipe{.buffer = 1,
                               .dtype = DType::bf16,
                               .sizes = {columns, rows},
                               .strides = {columns},
                               .box = {64, 128},
                               .swizzle_bytes = 128};
  const std::vector<int64_t> sizes = {100, 72};
  const auto made = tensor_map_request(recipe, reinterpret_cast<void*>(0x1000), sizes);
  EXPECT_EQ(made.rank, 2);
  EXPECT_EQ(made.sizes[0], 72u);
  EXPECT_EQ(made.sizes[1], 100u);
  EXPECT_EQ(made.strides[0], 144u);
  EXPECT_EQ(made.box[0], 64u);
  EXPECT_EQ(made.box[1], 128u);
  const std::vector<int64_t> odd = {100, 71};
  EXPECT_THROW(tensor_map_request(recipe, reinterpret_cast<void*>(0x1000), odd), UserError);
}

}  // namespace
}  // namespace hidet
