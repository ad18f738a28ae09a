#include "runtime/constant_pool.h"

#include <gtest/gtest.h>

#include "runtime/fake_host.h"

namespace hidet {
namespace {

using Sizes = std::vector<int64_t>;

TEST(ConstantPool, TensorsLieSideBySideAndAligned) {
  FakeHost host;
  {
    ConstantPool pool(host);
    pool.reserve(192);
    const auto a = pool.take(Sizes{3}, Sizes{1}, DType::u8);
    const auto b = pool.take(Sizes{2, 5}, Sizes{5, 1}, DType::f64);
    ASSERT_TRUE(a && b);
    EXPECT_EQ(static_cast<char*>(b->data) - static_cast<char*>(a->data), 64);
    EXPECT_EQ(b->dtype, DType::f64);
    EXPECT_EQ(b->sizes[1], 5);
    EXPECT_FALSE(pool.take(Sizes{1}, Sizes{1}, DType::u8)) << "64 + 128 bytes were taken";
    host.release(a->handle);
    host.release(b->handle);
  }
  EXPECT_EQ(host.tensors, 0);
}

TEST(ConstantPool, TheMemoryOutlivesThePool) {
  FakeHost host;
  auto pool = std::make_unique<ConstantPool>(host);
  pool->reserve(size_t{5} << 20);
  const auto a = pool->take(Sizes{1 << 20}, Sizes{1}, DType::f32);
  ASSERT_TRUE(a);
  pool.reset();
  static_cast<float*>(a->data)[(1 << 20) - 1] = 1;
  host.release(a->handle);
  EXPECT_EQ(host.tensors, 0);
}

TEST(ConstantPool, NothingForEmptyTensors) {
  FakeHost host;
  ConstantPool pool(host);
  pool.reserve(64);
  EXPECT_EQ(ConstantPool::bytes_of_tensor(Sizes{0, 7}, Sizes{7, 1}, DType::f32), 0u);
  EXPECT_FALSE(pool.take(Sizes{0, 7}, Sizes{7, 1}, DType::f32));
}

}  // namespace
}  // namespace hidet
