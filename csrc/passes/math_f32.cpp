// Numbers are rounded to integers by adding 1.5 * 2^23: the integer is then the low bits of the
// sum, and a shift by 23 makes it the exponent of a power of two. NaN passes because the last
// operation is a multiplication by that power, not an addition to the exponent's bits. The
// polynomials are minimax with coefficients rounded to f32 one after the other.
#include "passes/math_f32.h"

#include <cmath>
#include <limits>

namespace hidet::math_f32 {

namespace {

constexpr double kRounder = 12582912.0;  // 1.5 * 2^23
constexpr double kLog2e = 1.4426950408889634;
constexpr double kLn2High = 0.693147182464599609375;  // ln 2 rounded to f32
constexpr double kLn2Low = -1.904654299957767e-09;

// e^r on [-ln 2 / 2, ln 2 / 2], relative error 2^-28.3.
Expr exp_polynomial(const MathBuilder& m, Expr r) {
  return m.polynomial(
      r, {1.0, 1.0, 0x1.fffffcp-2, 0x1.555492p-3, 0x1.5558b0p-5, 0x1.12398ep-7, 0x1.6a4d60p-10});
}

// 2^r on [-1/2, 1/2], relative error 2^-28.3.
Expr exp2_polynomial(const MathBuilder& m, Expr r) {
  return m.polynomial(r, {1.0, 0x1.62e430p-1, 0x1.ebfbdcp-3, 0x1.c6af7ap-5, 0x1.3b2ddap-7,
                          0x1.5f0976p-10, 0x1.4172a6p-13});
}

// e^x as polynomial * 2^n, with `shifted` = n + offset + kRounder.
struct Split {
  Expr polynomial;
  Expr shifted;
};
Split split_exp(const MathBuilder& m, Expr x, double offset) {
  Expr shifted = m.fma(x, kLog2e, kRounder + offset);
  Expr n = m.sub(shifted, kRounder + offset);
  Expr r = m.fma(n, -kLn2High, x);
  return {exp_polynomial(m, m.fma(n, -kLn2Low, r)), shifted};
}

// e^x as (minus_one + 1) * 2^n, with half the error: minus_one is known to more bits than its sum
// with 1.
struct FineSplit {
  Expr minus_one;
  Expr shifted;
};
FineSplit split_exp_fine(const MathBuilder& m, Expr x, double offset) {
  Expr shifted = m.fma(x, kLog2e, kRounder + offset);
  Expr n = m.sub(shifted, kRounder + offset);
  Expr r = m.fma(n, -kLn2Low, m.fma(n, -kLn2High, x));
  Expr q =
      m.polynomial(r, {0x1.fffffcp-2, 0x1.555492p-3, 0x1.5558b0p-5, 0x1.12398ep-7, 0x1.6a4d60p-10});
  return {m.fma(r * r, q, r), shifted};
}

// 2^n for n in [-126, 127], where shifted = n + 127 + kRounder; infinite for n = 128.
Expr power(const MathBuilder& m, Expr shifted) {
  return m.floats(m.shift_left(m.bits(shifted), 23));
}

// p * 2^n for n in [-254, 256] with the one rounding of a denormal result; shifted = n + 254 +
// kRounder. In two factors of half the exponent.
Expr scale(const MathBuilder& m, Expr p, Expr shifted) {
  Expr whole = m.bits(shifted), half = m.shift_right(whole, 1);
  Expr first = m.floats(m.shift_left(half, 23));
  Expr second = m.floats(m.shift_left(whole - half, 23));
  return p * first * second;
}

}  // namespace

Expr exp(const MathBuilder& m, Expr x) {
  // Beyond the limits the result is infinite, or rounds to zero.
  Split s = split_exp(m, m.at_most(89.0, m.at_least(-104.0, x)), 254);
  return scale(m, s.polynomial, s.shifted);
}

Expr exp2(const MathBuilder& m, Expr x) {
  Expr c = m.at_most(129.0, m.at_least(-151.0, x));
  Expr shifted = m.add(c, kRounder + 254);
  Expr r = c - m.sub(shifted, kRounder + 254);
  return scale(m, exp2_polynomial(m, r), shifted);
}

Expr exp_nonpositive(const MathBuilder& m, Expr x) {
  Split s = split_exp(m, x, 127);
  // The smallest x with a normal result; below, -inf included, whatever was computed is replaced.
  return m.where(m.less(x, -87.33654022216797), 0.0, s.polynomial * power(m, s.shifted));
}

Expr log(const MathBuilder& m, Expr x) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  // x = 2^e * (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); denormals are scaled first.
  Expr denormal = m.less(x, 0x1p-126);
  Expr scaled = m.where(denormal, m.mul(x, 0x1p23), x);
  Expr bits = m.bits(scaled);
  Expr exponent = m.shift_right(bits - m.integer(0x3f3504f3), 23);
  Expr f = m.sub(m.floats(bits - m.shift_left(exponent, 23)), 1.0);
  Expr e =
      m.context().cast(DType::f32, exponent) + m.where(denormal, m.number(-23.0), m.number(0.0));
  // log(1 + f) = f - f^2 / 2 + f^3 * P(f), relative error 2^-30.3.
  Expr p =
      m.polynomial(f, {0x1.555548p-2, -0x1.000006p-2, 0x1.99a476p-3, -0x1.555c46p-3, 0x1.233ba8p-3,
                       -0x1.fc2886p-4, 0x1.e6bf3ap-4, -0x1.de02bep-4, 0x1.147610p-4});
  Expr square = f * f;
  Expr y = m.fma(e, kLn2Low, p * f * square);
  y = f + m.fma(square, -0.5, y);
  y = m.fma(e, kLn2High, y);
  Expr special =
      m.where(m.equal(x, 0.0), m.number(-infinity), m.where(m.less(x, 0.0), m.number(NAN), x));
  return m.where(m.greater(x, 0.0) && m.less(x, infinity), y, special);
}

Expr sigmoid(const MathBuilder& m, Expr x) {
  Expr c = m.at_most(87.0, x);
  FineSplit s = split_exp_fine(m, m.call(Function::neg, {c}), 127);
  Expr scale = power(m, s.shifted);
  Expr y = m.number(1.0) / (scale + m.fma(s.minus_one, scale, 1.0));
  // One step of Newton: 1 - y * (1 + e^-x) from the parts of e^-x, whose sum would be rounded.
  Expr scaled = y * scale;
  Expr rest = m.fma(m.call(Function::neg, {s.minus_one}), scaled, (m.number(1.0) - y) - scaled);
  y = m.fma(y, rest, y);
  // Below, whatever was computed is replaced.
  return m.where(m.less(x, -88.25), 0.0, y);
}

Expr tanh(const MathBuilder& m, Expr x) {
  Expr a = m.abs(x);
  // Near 0: a + a^3 * P(a^2).
  Expr square = a * a;
  Expr p = m.polynomial(square, {-0x1.55553cp-2, 0x1.110be4p-3, -0x1.b9623cp-5, 0x1.6009c4p-6,
                                 -0x1.04608cp-7, 0x1.2da29cp-9, -0x1.77d4c6p-12});
  Expr small = m.fma(p * square, a, a);
  // Elsewhere 1 - 2 / (e^2a + 1); from 10 on the result is 1.
  Expr c = m.at_most(10.0, a);
  FineSplit s = split_exp_fine(m, c + c, 127);
  Expr scale = power(m, s.shifted);
  Expr large = m.number(1.0) - m.number(2.0) / (scale + m.fma(s.minus_one, scale, 1.0));
  return m.with_sign(m.where(m.less(a, 0.97), small, large), x);
}

Expr erf(const MathBuilder& m, Expr x) {
  Expr a = m.abs(x);
  // Near 0: x + x * P(x^2).
  Expr square = x * x;
  Expr p = m.polynomial(square, {0x1.06eba8p-3, -0x1.812740p-2, 0x1.ce2d64p-4, -0x1.b8011ap-6,
                                 0x1.544a1ap-8, -0x1.a60a2ep-11, 0x1.4f6760p-14});
  Expr small = m.fma(p, x, x);
  // Elsewhere 1 - exp(-a * Q(a)); from 4 on the result is 1.
  Expr c = m.at_most(4.0, a);
  Expr q = m.polynomial(c, {0x1.20ee5cp+0, 0x1.4538aep-1, 0x1.b2d3bep-4, -0x1.8435b2p-6,
                            0x1.d9340ap-9, -0x1.4a1ef4p-12, 0x1.5df090p-17});
  FineSplit s = split_exp_fine(m, m.call(Function::neg, {c * q}), 127);
  Expr scale = power(m, s.shifted);
  Expr large = m.fma(m.call(Function::neg, {s.minus_one}), scale, m.number(1.0) - scale);
  return m.where(m.less(a, 0.92), small, m.with_sign(large, x));
}

Expr gelu_erf(const MathBuilder& m, Expr x) {
  // x * Phi(x) = max(x, 0) - a * Phi(-a) with a = |x|, and Phi(-a) = 2^(-1 - a * Q(a)). From 8.5 on
  // a * Phi(-a) < 1e-16 stays as it is.
  Expr a = m.at_most(8.5, m.abs(x));
  Expr q = m.polynomial(a, {0x1.26aed4p+0, 0x1.d63b1cp-2, 0x1.adedeap-5, -0x1.cbb8d4p-8,
                            0x1.f29c48p-15, 0x1.07afd4p-12, -0x1.23867cp-14, 0x1.5a0888p-17,
                            -0x1.eb8bb4p-21, 0x1.87bafcp-25, -0x1.0da028p-30});
  Expr minus_a = m.call(Function::neg, {a});
  Expr z = m.fma(minus_a, q, -1.0);
  Expr shifted = m.add(z, kRounder + 127);
  Expr r = z - m.sub(shifted, kRounder + 127);
  Expr tail = exp2_polynomial(m, r) * power(m, shifted);
  return m.fma(minus_a, tail, m.at_least(0.0, x));
}

}  // namespace hidet::math_f32
