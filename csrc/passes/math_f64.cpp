#include "passes/math_f64.h"

#include <cmath>
#include <limits>

namespace hidet::math_f64 {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kRounder = 6755399441055744.0;  // 1.5 * 2^52
constexpr int64_t kRounderBits = 0x4338000000000000;
constexpr double kPi = 3.14159265358979323846;
constexpr double kLog2e = 1.4426950408889634;
constexpr double kLn2 = 0.6931471805599453;
constexpr double kLn2Low = 2.3190468138462996e-17;

Expr widened(const MathBuilder& m, Expr x) {
  return m.context().cast(DType::f64, x);
}
Expr narrowed(const MathBuilder& m, Expr x) {
  return m.context().cast(DType::f32, x);
}
MathBuilder single(const MathBuilder& m) {
  return MathBuilder(m.context(), m.type().with_dtype(DType::f32));
}

// e^x = (minus_one + 1) * scale, for |x| < 700.
struct Power {
  Expr minus_one;
  Expr scale;
};
// e^r - 1 for |r| <= ln 2 / 2, relative error 2^-43.5.
Expr small_expm1(const MathBuilder& m, Expr r) {
  Expr q = m.polynomial(r, {0x1.fffffffff7b10p-2, 0x1.555555556743fp-3, 0x1.555555734c574p-5,
                            0x1.111110e0f939dp-7, 0x1.6c164f669e1bdp-10, 0x1.a01a7daaf67b5p-13,
                            0x1.a158dbe120564p-16, 0x1.71e947c4f013bp-19});
  return m.fma(r * r, q, r);
}
Expr power_of_two(const MathBuilder& m, Expr shifted) {
  return m.floats(m.shift_left(m.bits(shifted), 52));
}
Power split_exp(const MathBuilder& m, Expr x) {
  Expr shifted = m.fma(x, kLog2e, kRounder + 1023);
  Expr n = m.sub(shifted, kRounder + 1023);
  Expr r = m.fma(n, -kLn2Low, m.fma(n, -kLn2, x));
  return {small_expm1(m, r), power_of_two(m, shifted)};
}
Expr exp(const MathBuilder& m, Expr x) {
  Power p = split_exp(m, x);
  return m.fma(p.minus_one, p.scale, p.scale);
}
Expr expm1_wide(const MathBuilder& m, Expr x) {
  Power p = split_exp(m, x);
  return m.fma(p.minus_one, p.scale, m.sub(p.scale, 1.0));
}

// x = 2^exponent * e^mantissa_log, for normal x > 0; relative error 2^-51 of mantissa_log.
struct Logarithm {
  Expr exponent;
  Expr mantissa_log;
};
Logarithm split_log(const MathBuilder& m, Expr x) {
  Expr bits = m.bits(x);
  Expr exponent = m.shift_right(bits - m.integer(0x3fe6a09e667f3bcd), 52);
  Expr mantissa = m.floats(bits - m.shift_left(exponent, 52));
  Expr e = m.sub(m.floats(exponent + m.integer(kRounderBits)), kRounder);
  Expr s = m.sub(mantissa, 1.0) / m.add(mantissa, 1.0);
  Expr square = s * s;
  Expr p = m.polynomial(square, {0x1.555555555386bp-1, 0x1.999999a2d63d7p-2, 0x1.24924149ffa51p-2,
                                 0x1.c7229310e8f7ap-3, 0x1.7328913a78cc5p-3, 0x1.58a45b25b36a0p-3});
  return {e, m.fma(s * square, p, s + s)};
}

// A logarithm's result where its f32 argument, compared with the pole, is special.
Expr log_specials(const MathBuilder& m, Expr x, double pole, Expr result) {
  MathBuilder f = single(m);
  Expr special = f.where(f.equal(x, pole), -kInfinity, f.where(f.less(x, pole), NAN, x));
  return f.where(f.greater(x, pole) && f.less(x, kInfinity), result, special);
}

// log(1 + z) for z > -1, finite.
Expr log1p_wide(const MathBuilder& m, Expr z) {
  Expr u = m.add(z, 1.0);
  Expr lost = (z - m.sub(u, 1.0)) / u;
  Logarithm l = split_log(m, u);
  return m.fma(l.exponent, kLn2, l.mantissa_log) + lost;
}

// atan(t) for t in [0, 1], relative error 2^-42.
Expr small_atan(const MathBuilder& m, Expr t) {
  return t *
         m.polynomial(t * t, {0x1.ffffffffff86fp-1, -0x1.55555553959a6p-2, 0x1.99999886956c1p-3,
                              -0x1.249227b6f9cb2p-3, 0x1.c7182b028e70ap-4, -0x1.743299a11770bp-4,
                              0x1.39fd062bcdd16p-4, -0x1.0c16f9f42a98bp-4, 0x1.c0ec1d942572fp-5,
                              -0x1.5dc94c19aed5cp-5, 0x1.d8dd5b23d2a37p-6, -0x1.ff5e7b8b0d694p-7,
                              0x1.924ba15e970d2p-8, -0x1.916266a6ec5f0p-10, 0x1.78bf500e04c6fp-13});
}

// The angle in [0, pi / 2] with tangent a / b, for a, b >= 0 that are not both 0 or infinite.
Expr angle(const MathBuilder& m, Expr a, Expr b) {
  Expr steep = b < a;
  Expr p = small_atan(m, m.where(steep, b, a) / m.where(steep, a, b));
  return m.where(steep, m.number(kPi / 2) - p, p);
}

// asin(|x|) for a wide |x|; NaN above 1.
Expr positive_asin(const MathBuilder& m, Expr a) {
  Expr rest = m.sqrt((m.number(1.0) - a) * m.add(a, 1.0));
  return angle(m, a, rest);
}

// x = (4 * k + quadrant + turn) * pi / 2 with |turn| <= 1/2, for any finite f32 x.
struct Angle {
  Expr quadrant;  // i64, modulo 4 in its low bits
  Expr turn;
};
Angle reduce_angle(const MathBuilder& m, Expr x) {
  // 2 / pi in pieces of 29 bits: each product with the 24 bits of x is exact, and so is its
  // remainder modulo 4. Seven pieces reach 75 bits below 1 for the largest f32.
  static const double pieces[] = {0x1.45f306dp-1,  0x1.9391054p-30,  0x1.4fe13abp-59,
                                  0x1.d1f534dp-88, 0x1.b81b6c5p-117, 0x1.5993c4p-148,
                                  0x1.c820ff2p-175};
  Expr sum, lost;
  for (double piece : pieces) {
    Expr product = m.mul(x, piece);
    Expr part = m.fma(m.round(m.mul(product, 0.25)), -4.0, product);
    if (!sum) {
      sum = part;
      continue;
    }
    // The sum and exactly what it loses.
    Expr total = sum + part, other = total - sum;
    Expr error = (sum - (total - other)) + (part - other);
    lost = lost ? lost + error : error;
    sum = total;
  }
  Expr whole = m.round(sum);
  return {m.bits(m.add(whole, kRounder)), (sum - whole) + lost};
}

struct SineCosine {
  Expr sine, cosine;
};
// Of turn * pi / 2, |turn| <= 1/2; relative error 2^-47.
SineCosine sine_cosine(const MathBuilder& m, Expr turn) {
  Expr r = m.mul(turn, kPi / 2), square = r * r;
  Expr s =
      m.polynomial(square, {-0x1.55555555523c5p-3, 0x1.1111110c9eb7ep-7, -0x1.a019f95543fb3p-13,
                            0x1.71d77a186573ap-19, -0x1.a965d15efb87bp-26});
  Expr c =
      m.polynomial(square, {0x1.55555555530e4p-5, -0x1.6c16c16766ddcp-10, 0x1.a019faa508979p-16,
                            -0x1.27e0281338b68p-22, 0x1.1bc6f7281a9b8p-29});
  return {m.fma(s * square, r, r), m.fma(c * square, square, m.fma(square, -0.5, 1.0))};
}

Expr odd(const MathBuilder& m, Expr quadrant) {
  return m.call(Function::ne, {m.bit_and(quadrant, 1), m.integer(0)});
}

// sin(x + shift * pi / 2).
Expr shifted_sine(const MathBuilder& m, Expr x, int64_t shift) {
  Angle a = reduce_angle(m, widened(m, x));
  SineCosine sc = sine_cosine(m, a.turn);
  Expr quadrant = shift ? a.quadrant + m.integer(shift) : a.quadrant;
  Expr y = m.where(odd(m, quadrant), sc.cosine, sc.sine);
  Expr sign = m.shift_left(m.bit_and(quadrant, 2), 62);
  return m.floats(m.call(Function::bit_xor, {m.bits(y), sign}));
}

// The result of an odd function, computed for |x|, with the sign of x.
Expr odd_result(const MathBuilder& m, Expr magnitude, Expr x) {
  return single(m).with_sign(narrowed(m, magnitude), x);
}
Expr magnitude(const MathBuilder& m, Expr x) {
  return m.abs(widened(m, x));
}

// A function with f(0) = 0 and slope 1 there keeps the sign of zero.
Expr zero_stays(const MathBuilder& m, Expr x, Expr y) {
  MathBuilder f = single(m);
  return f.where(f.equal(x, 0.0), x, y);
}

}  // namespace

Expr expm1(const MathBuilder& m, Expr x) {
  Expr c = m.at_most(200.0, m.at_least(-200.0, widened(m, x)));
  return zero_stays(m, x, narrowed(m, expm1_wide(m, c)));
}

Expr log2(const MathBuilder& m, Expr x) {
  Logarithm l = split_log(m, widened(m, x));
  return log_specials(m, x, 0.0, narrowed(m, m.fma(l.mantissa_log, kLog2e, l.exponent)));
}

Expr log10(const MathBuilder& m, Expr x) {
  Logarithm l = split_log(m, widened(m, x));
  Expr y = m.fma(l.exponent, 0.30102999566398119521, m.mul(l.mantissa_log, 0.43429448190325182765));
  return log_specials(m, x, 0.0, narrowed(m, y));
}

Expr log1p(const MathBuilder& m, Expr x) {
  Expr y = narrowed(m, log1p_wide(m, widened(m, x)));
  return zero_stays(m, x, log_specials(m, x, -1.0, y));
}

Expr sin(const MathBuilder& m, Expr x) {
  return zero_stays(m, x, narrowed(m, shifted_sine(m, x, 0)));
}

Expr cos(const MathBuilder& m, Expr x) {
  return narrowed(m, shifted_sine(m, x, 1));
}

Expr tan(const MathBuilder& m, Expr x) {
  Angle a = reduce_angle(m, widened(m, x));
  SineCosine sc = sine_cosine(m, a.turn);
  Expr is_odd = odd(m, a.quadrant);
  Expr y = m.where(is_odd, m.call(Function::neg, {sc.cosine}), sc.sine) /
           m.where(is_odd, sc.sine, sc.cosine);
  return zero_stays(m, x, narrowed(m, y));
}

Expr asin(const MathBuilder& m, Expr x) {
  return odd_result(m, positive_asin(m, magnitude(m, x)), x);
}

Expr acos(const MathBuilder& m, Expr x) {
  Expr wide = widened(m, x), a = m.abs(wide);
  Expr rest = m.sqrt((m.number(1.0) - a) * m.add(a, 1.0));
  Expr p = angle(m, rest, a);
  return narrowed(m, m.where(m.less(wide, 0.0), m.number(kPi) - p, p));
}

Expr atan(const MathBuilder& m, Expr x) {
  return odd_result(m, angle(m, magnitude(m, x), m.number(1.0)), x);
}

Expr atan2(const MathBuilder& m, Expr y, Expr x) {
  MathBuilder f = single(m);
  Expr a = magnitude(m, y), b = magnitude(m, x);
  // Two zeros count as 0 / 1, two infinities as 1 / 1.
  b = m.where(m.equal(a, 0.0) && m.equal(b, 0.0), 1.0, b);
  Expr both = m.equal(a, kInfinity) && m.equal(b, kInfinity);
  Expr p = angle(m, m.where(both, 1.0, a), m.where(both, 1.0, b));
  Expr negative = f.call(Function::ne, {f.sign_bit(x), f.integer(0)});
  p = m.where(negative, m.number(kPi) - p, p);
  Expr result = odd_result(m, p, y);
  Expr nan = f.call(Function::is_nan, {x}) || f.call(Function::is_nan, {y});
  return f.where(nan, NAN, result);
}

Expr sinh(const MathBuilder& m, Expr x) {
  Expr u = expm1_wide(m, m.at_most(100.0, magnitude(m, x)));
  return odd_result(m, m.mul(u + u / m.add(u, 1.0), 0.5), x);
}

Expr cosh(const MathBuilder& m, Expr x) {
  Expr e = exp(m, m.at_most(100.0, magnitude(m, x)));
  return narrowed(m, m.mul(e + m.number(1.0) / e, 0.5));
}

Expr asinh(const MathBuilder& m, Expr x) {
  Expr a = magnitude(m, x), square = a * a;
  Expr root = m.sqrt(m.add(square, 1.0));
  Expr y = log1p_wide(m, a + square / m.add(root, 1.0));
  return odd_result(m, m.where(m.less(a, kInfinity), y, a), x);
}

Expr acosh(const MathBuilder& m, Expr x) {
  MathBuilder f = single(m);
  Expr t = m.sub(widened(m, x), 1.0);
  Expr y = narrowed(m, log1p_wide(m, t + m.sqrt(t * m.add(t, 2.0))));
  return f.where(f.less(x, kInfinity), f.where(f.less(x, 1.0), NAN, y), x);
}

Expr atanh(const MathBuilder& m, Expr x) {
  Expr a = magnitude(m, x);
  Expr y = m.mul(log1p_wide(m, (a + a) / (m.number(1.0) - a)), 0.5);
  Expr special = m.where(m.equal(a, 1.0), kInfinity, m.number(NAN));
  return odd_result(m, m.where(m.less(a, 1.0), y, special), x);
}

Expr erfc(const MathBuilder& m, Expr x) {
  Expr wide = widened(m, x);
  Expr a = m.at_most(12.0, m.abs(wide));
  // (1 + 2a) * e^(a^2) * erfc(a) in q = (a - 2) / (a + 2) for a <= 10.1, relative error 2^-41; an
  // f32 result is 0 beyond.
  Expr q = m.sub(a, 2.0) / m.add(a, 2.0);
  Expr g = m.polynomial(
      q, {0x1.46e80e2277ba5p+0, -0x1.7bf5ec1629875p-4, -0x1.5407bec027f5ap-3, 0x1.4ffa1df6556c6p-3,
          -0x1.bc2b94fc1bd1cp-5, -0x1.07420b105701dp-7, 0x1.1dd2e5e45a744p-7, 0x1.4d39cd38ebad2p-10,
          -0x1.7de8b8f3bbe27p-10, -0x1.db73631c9c5cfp-12, 0x1.b20befa88c800p-13,
          0x1.37a639a5055ffp-13, -0x1.0a221e5931b99p-18, -0x1.179c5f39bb35ap-15,
          -0x1.279a4b09295ebp-17, 0x1.81c5938727d7bp-19, 0x1.70c37b5c2c049p-20});
  Expr y = exp(m, m.call(Function::neg, {a * a})) * g / m.fma(a, 2.0, 1.0);
  return narrowed(m, m.where(m.less(wide, 0.0), m.number(2.0) - y, y));
}

Expr pow(const MathBuilder& m, Expr x, Expr y) {
  MathBuilder f = single(m);
  Expr a = magnitude(m, x), exponent = widened(m, y);
  Logarithm l = split_log(m, a);
  Expr log2 = m.fma(l.mantissa_log, kLog2e, l.exponent);
  log2 = m.where(m.equal(a, 0.0), -kInfinity, m.where(m.less(a, kInfinity), log2, a));
  // y * log2(|x|); 0 where the power is 1 whatever the other operand is.
  Expr z = m.where(m.equal(a, 1.0) || m.equal(exponent, 0.0), 0.0, exponent * log2);
  z = m.at_most(300.0, m.at_least(-300.0, z));
  Expr shifted = m.add(z, kRounder + 1023);
  Expr r = m.mul(z - m.sub(shifted, kRounder + 1023), kLn2);
  Expr scale = power_of_two(m, shifted);
  Expr result = narrowed(m, m.fma(small_expm1(m, r), scale, scale));

  Expr integral = f.call(Function::eq, {f.call(Function::trunc, {y}), y});
  Expr half = f.mul(y, 0.5);
  Expr is_odd = integral && f.call(Function::ne, {f.call(Function::trunc, {half}), half});
  Expr negated = f.with_sign(result, x);
  result = f.where(is_odd, negated, result);
  Expr domain_error =
      f.less(x, 0.0) && f.greater(x, -kInfinity) && f.call(Function::logical_not, {integral});
  result = f.where(domain_error, NAN, result);
  // pow(-1, NaN), where log2(|x|) was left out.
  Expr nan = f.call(Function::is_nan, {y}) && f.call(Function::ne, {x, f.number(1.0)});
  return f.where(nan, NAN, result);
}

}  // namespace hidet::math_f64
