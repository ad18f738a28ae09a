// The values are PyTorch's.
#include "interp/scalar.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ir/context.h"

namespace hidet {
namespace {

constexpr double kInf = INFINITY;
const double kNaN = std::nan("");

double of_floats(Function f, DType dtype, std::vector<double> values) {
  std::vector<Scalar> args;
  for (double value : values) args.push_back(scalar_of(dtype, value));
  return evaluate(f, dtype, args).as_float();
}
double f32(Function f, std::vector<double> values) {
  return of_floats(f, DType::f32, std::move(values));
}
void expect_same(double a, double b) {
  if (std::isnan(b))
    EXPECT_TRUE(std::isnan(a)) << a;
  else
    EXPECT_TRUE(a == b && std::signbit(a) == std::signbit(b)) << a << " is not " << b;
}

TEST(Scalar, DivisionsOfFloats) {
  const double a[] = {7.5, -7.5, 7.5, -7.5, 1, 0, kInf, 5, -1, kNaN, 6, -0.0};
  const double b[] = {2, 2, -2, -2, 0, 0, 2, kInf, kInf, 1, 0.1, 2};
  const double floored[] = {3, -4, -4, 3, kInf, kNaN, kNaN, 0, -1, kNaN, 59, -0.0};
  const double truncated[] = {3, -3, -3, 3, kInf, kNaN, kInf, 0, -0.0, kNaN, 60, -0.0};
  const double rest[] = {1.5, 0.5, -0.5, -1.5, kNaN, kNaN, kNaN, 5, kInf, kNaN, 0.1f, -0.0};
  const double c_rest[] = {1.5, -1.5, 1.5, -1.5, kNaN, kNaN, kNaN, 5, -1, kNaN, 0.1f, -0.0};
  for (size_t i = 0; i < std::size(a); ++i) {
    SCOPED_TRACE(testing::Message() << a[i] << " by " << b[i]);
    expect_same(f32(Function::floordiv, {a[i], b[i]}), floored[i]);
    expect_same(f32(Function::truncdiv, {a[i], b[i]}), truncated[i]);
    if (i == 10) continue;  // 6 mod 0.1 is a matter of the last bit
    expect_same(f32(Function::mod, {a[i], b[i]}), rest[i]);
    expect_same(f32(Function::fmod, {a[i], b[i]}), c_rest[i]);
  }
}

TEST(Scalar, NaNAndSignedZero) {
  expect_same(f32(Function::max, {kNaN, 1}), kNaN);
  expect_same(f32(Function::max, {1, kNaN}), kNaN);
  expect_same(f32(Function::fmax, {kNaN, 1}), 1);
  expect_same(f32(Function::fmin, {1, kNaN}), 1);
  expect_same(f32(Function::max_fast, {kNaN, 1}), 1);
  expect_same(f32(Function::max_fast, {1, kNaN}), kNaN);
  expect_same(f32(Function::sign, {kNaN}), 0);
  expect_same(f32(Function::round, {-0.5}), -0.0);
  expect_same(f32(Function::round, {2.5}), 2);
  expect_same(f32(Function::pow, {1, kNaN}), 1);
  expect_same(f32(Function::pow, {-8, 1.0 / 3}), kNaN);
  expect_same(f32(Function::reciprocal, {-0.0}), -kInf);
  expect_same(f32(Function::neg, {0}), -0.0);
  expect_same(f32(Function::sigmoid, {-kInf}), 0);
  expect_same(f32(Function::exp_nonpositive, {-kInf}), 0);
  expect_same(f32(Function::gelu_erf, {-10}), static_cast<float>(-10 * 7.61985302416052583e-24));
}

TEST(Scalar, RoundsToItsType) {
  expect_same(of_floats(Function::add, DType::bf16, {1, 0.00390625}), 1);
  expect_same(of_floats(Function::mul, DType::f16, {256, 256}), kInf);
  expect_same(f32(Function::add, {16777216, 1}), 16777216);
  expect_same(of_floats(Function::add, DType::f64, {16777216, 1}), 16777217);
  // One rounding, where a product and a sum have two.
  const double e = 0x1p-12;
  expect_same(f32(Function::fma, {1 + e, 1 + e, -(1 + 2 * e)}), e * e);
  expect_same(f32(Function::exp, {1}), static_cast<float>(M_E));
}

TEST(Scalar, Integers) {
  const auto call = [](Function f, DType dtype, std::vector<int64_t> values) {
    std::vector<Scalar> args;
    for (int64_t value : values) args.push_back(Scalar::of(value));
    return evaluate(f, dtype, args).as_int();
  };
  EXPECT_EQ(call(Function::add, DType::i8, {127, 1}), -128);
  EXPECT_EQ(call(Function::floordiv, DType::i32, {-7, 2}), -4);
  EXPECT_EQ(call(Function::max, DType::u64, {-1, 1}), -1) << "the largest u64";
  EXPECT_EQ(call(Function::shift_right, DType::i64, {-8, 70}), -1);
  EXPECT_EQ(call(Function::shift_left, DType::i64, {1, -1}), 0);
  EXPECT_THROW(call(Function::mod, DType::i32, {1, 0}), InterpretError);
}

TEST(Scalar, Conversions) {
  const auto to_int = [](DType to, double value) {
    return convert(DType::f32, to, scalar_of(DType::f32, value)).as_int();
  };
  EXPECT_EQ(to_int(DType::u8, -1), 255);
  EXPECT_EQ(to_int(DType::u8, 300), 44);
  EXPECT_EQ(to_int(DType::u8, kInf), 0);
  EXPECT_EQ(to_int(DType::i32, 3e9), INT32_MIN);
  EXPECT_EQ(to_int(DType::i32, kNaN), INT32_MIN);
  EXPECT_EQ(to_int(DType::i16, 40000), -25536);
  EXPECT_EQ(to_int(DType::i64, 1e19), INT64_MIN);
  EXPECT_EQ(to_int(DType::b8, kNaN), 1);
  EXPECT_EQ(to_int(DType::b8, -0.0), 0);
  EXPECT_EQ(to_int(DType::i32, -1.9), -1);
  EXPECT_EQ(convert(DType::u64, DType::f32, Scalar::of(int64_t{-1})).as_float(), 0x1p64);
  // f64 becomes f16 by way of f32, with two roundings.
  EXPECT_EQ(convert(DType::f64, DType::f16, Scalar::of(1 + 0x1p-11 + 0x1p-40)).as_float(), 1);
  EXPECT_EQ(convert(DType::i64, DType::f32, Scalar::of(int64_t{16777217})).as_float(), 16777216);
}

TEST(Scalar, ConstantsConvertAsValues) {
  Context context;
  const auto check = [](Expr constant, DType from, DType to, Scalar value) {
    const auto* c = constant.as<Constant>();
    ASSERT_TRUE(c);
    EXPECT_EQ(Scalar{c->bits}, convert(from, to, value))
        << name_of(from) << " " << to_double(from, value) << " to " << name_of(to);
  };
  const std::vector<int64_t> integers = {0, -1, 16777217, INT64_MIN, INT64_MAX};
  const int64_t nearly_tie = (int64_t{1} << 54) + (int64_t{1} << 30) + 1;
  for (DType to : {DType::f16, DType::bf16, DType::f32, DType::f64}) {
    for (DType from : {DType::i64, DType::u64})
      for (int64_t x : integers)
        check(context.cast(to, context.constant(Type{from}, x)), from, to, Scalar::of(x));
    check(context.cast(to, context.index(nearly_tie)), DType::i64, to, Scalar::of(nearly_tie));
    for (double x : {1 + 0x1p-11 + 0x1p-40, 1 + 0x1p-8 + 0x1p-40, 1e300, -0.0})
      check(context.cast(to, context.constant(Type{DType::f64}, x)), DType::f64, to, Scalar::of(x));
  }
}

TEST(Scalar, Bits) {
  const Scalar one[] = {scalar_of(DType::f32, 1)};
  EXPECT_EQ(evaluate(Function::float_to_bits, DType::f32, one).as_int(), 0x3f800000);
  const Scalar bits[] = {Scalar::of(int64_t{INT32_MIN})};
  expect_same(evaluate(Function::bits_to_float, DType::i32, bits).as_float(), -0.0);
}

// Lanes are added by halves: ((a + c) + (b + d)).
TEST(Scalar, Lanes) {
  std::vector<Scalar> lanes;
  for (double value : {1.0, 0x1p24, 1.0, -0x1p24}) lanes.push_back(scalar_of(DType::f32, value));
  EXPECT_EQ(evaluate(Function::sum_lanes, DType::f32, lanes).as_float(), 2);
  lanes[2] = scalar_of(DType::f32, kNaN);
  expect_same(evaluate(Function::max_lanes, DType::f32, lanes).as_float(), kNaN);
}

}  // namespace
}  // namespace hidet
